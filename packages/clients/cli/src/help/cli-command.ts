import { Command, type OptionValues } from 'commander';
import type { CommandContext } from '../command-context';
import { findId, mayBeNamed } from '../find-named';
import { GivenTime } from '../given-time';
import { defineTexts } from '../language/say';

const t = defineTexts({
  examples: ['Examples:', '示例：'],
  time: ['{option} is {time}', '{option} 为 {time}'],
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
    return this.action(async () => {
      const context = this.toContext(this);
      const options = await this.readIds(this.readTimes(context), context);
      const names = this.registeredArguments.map((argument) => argument.name());
      const given = await Promise.all(this.processedArgs.map((value, at) => toId(names[at] ?? '', value, context)));
      await work(context, options, ...(given as Arguments));
    });
  }

  /** The options, with ids in place of names. */
  private async readIds(options: Options, context: CommandContext): Promise<Options> {
    for (const option of this.options) {
      const [, placeholder = ''] = /<(.+)>/.exec(option.flags) ?? [];
      const name = option.attributeName();
      options[name] = await toId(placeholder, options[name], context);
    }
    return options;
  }

  /** The options, with times as the API takes them. What a short one means is said. */
  private readTimes({ output }: CommandContext): Options {
    const options = this.opts();
    const now = Date.now();
    for (const option of this.options) {
      const given = options[option.attributeName()];
      if (!(given instanceof GivenTime)) continue;
      const time = given.toIso({ now, toTimeText: output.toTimeText });
      options[option.attributeName()] = time;
      if (!given.isFull) output.message(t('time', { option: option.long!, time: output.toTimeText(time)! }));
    }
    return options;
  }
}

/** An id in the place of `<task_id>` and the like, of one name or of several; every other value as it is. */
async function toId(placeholder: string, value: unknown, context: CommandContext): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((each) => toId(placeholder, each, context)));
  return mayBeNamed(placeholder, value) ? findId(placeholder, value, context) : value;
}
