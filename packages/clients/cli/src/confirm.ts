import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error';
import type { CommandContext } from './command-context';
import { defineTexts, say, type Text } from './language/say';

const t = defineTexts({
  not_confirmed: ['not confirmed: nothing was changed', '未确认：没有做任何更改'],
});

/**
 * Asks on a terminal, and throws a CliError unless the answer is yes. Elsewhere nobody could answer: it does not ask.
 */
export async function confirm(question: Text, { stdin, output, signal }: CommandContext): Promise<void> {
  if (!(stdin as { isTTY?: boolean }).isTTY) return;
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
