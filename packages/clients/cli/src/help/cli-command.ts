import { Command } from 'commander';
import { defineTexts } from '../language/say';

const t = defineTexts({
  examples: ['Examples:', '示例：'],
});

/** What follows `cyberstroll`, and what it does or answers. */
export type Example = readonly [line: string, what: string];

/** A command of commander, whose help begins with examples. */
export class CliCommand extends Command {
  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** What to type, for the head of the help. */
  examples(...examples: Example[]): this {
    const width = Math.max(...examples.map(([line]) => line.length));
    return this.addHelpText('before', () => {
      const lines = examples.map(([line, what]) => `  cyberstroll ${line.padEnd(width)}  ${what}\n`);
      return `${t('examples')}\n${lines.join('')}`;
    });
  }
}
