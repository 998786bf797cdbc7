import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error';
import type { CommandContext } from './command-context';
import type { CliCommand } from './help/cli-command';
import { defineTexts, say, type Text } from './language/say';

const t = defineTexts({
  yes: ['delete without a question; needed where stdin is no terminal', '不询问直接删除；标准输入不是终端时必须给出'],
  cannot_ask: [
    'this deletes, and stdin is no terminal to ask on: add --yes',
    '此命令会删除数据，而标准输入不是终端，无法询问：请加上 --yes',
  ],
  not_confirmed: ['not confirmed: nothing was changed', '未确认：没有做任何更改'],
});

/** The option of what deletes. */
export const addYes = (command: CliCommand): CliCommand => command.option('--yes', t('yes'));

/** Asks, unless there is `--yes`. Throws a CliError unless the answer is yes, and where it cannot ask. */
export async function confirm(
  question: Text,
  { yes }: { yes?: boolean },
  { stdin, output, signal }: CommandContext,
): Promise<void> {
  if (yes) return;
  if (!stdin.isTTY) throw new CliError('usage', t('cannot_ask'));
  const dialogue = createInterface({ input: stdin, output: output.progress as never });
  try {
    const answer = await dialogue.question(`${question} [y/N] `, { signal });
    if (!/^(?:y(?:es)?|是)$/i.test(answer.trim())) throw new CliError('error', t('not_confirmed'));
  } catch (error) {
    throw signal.aborted ? new CliError('interrupted', say('interrupted')) : error;
  } finally {
    dialogue.close();
  }
}
