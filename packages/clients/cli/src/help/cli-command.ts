import { Command, type OptionValues } from 'commander';
import type { CommandContext } from '../command-context';
import { defineTexts } from '../language/say';

const t = defineTexts({
  examples: ['Examples:', '示例：'],
});

/** What follows `cyberstroll`, and what it does or answers. */
export type Example = readonly [line: string, what: string];

/** As commander has them: of no type. */
type Options = OptionValues[string];

/** A command of commander, whose help begins with examples, and which gets what every command works with. */
export class CliCommand extends Command {
  constructor(
    name: string | undefined,
    private readonly toContext: (command: CliCommand) => CommandContext,
  ) {
    super(name);
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name, this.toContext);
  }

  /** A command below this one: its name with its arguments, and what it does. */
  add(nameAndArguments: string, what: string): CliCommand {
    return this.command(nameAndArguments).description(what) as CliCommand;
  }

  /** What to type, for the head of the help. */
  examples(...examples: Example[]): this {
    const width = Math.max(...examples.map(([line]) => line.length));
    return this.addHelpText('before', () => {
      const lines = examples.map(([line, what]) => `  cyberstroll ${line.padEnd(width)}  ${what}\n`);
      return `${t('examples')}\n${lines.join('')}`;
    });
  }

  /** Takes options that several commands have. */
  with(addOptions: (command: CliCommand) => CliCommand): CliCommand {
    return addOptions(this);
  }

  /** What it does, with its options and its arguments in their order. */
  run<Arguments extends unknown[]>(
    work: (context: CommandContext, options: Options, ...given: Arguments) => Promise<void>,
  ): this {
    return this.action(() => work(this.toContext(this), this.opts(), ...(this.processedArgs as Arguments)));
  }
}
