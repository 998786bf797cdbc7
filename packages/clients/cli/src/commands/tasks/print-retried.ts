import type { Retried } from '../../api-types';
import { defineTexts, sayCode } from '../../language/say';
import type { Output } from '../../output';

const t = defineTexts({
  would_retry: ['{id}  would retry {count}', '{id}  将重试 {count}'],
  retried: ['{id}  retried {count}', '{id}  已重试 {count}'],
  has_nothing: ['{id} has nothing to retry', '{id} 没有可重试的'],
  has_nothing_retry: ['{id} has nothing to retry: it is {status}', '{id} 没有可重试的：状态是 {status}'],
});

/** Prints the id of a retried task or subtask, and the number of addresses that are scanned again. */
export async function printRetried(answer: Retried, id: string, output: Output): Promise<void> {
  if (output.json) await output.jsonLine(answer);
  else {
    const isDryRun = 'dry_run' in answer && answer.dry_run;
    const facts = { id, count: answer.retried };
    await output.line(isDryRun ? t('would_retry', facts) : t('retried', facts));
  }
  if (answer.retried === 0) {
    const { status } = answer;
    output.message(
      status === undefined ? t('has_nothing', { id }) : t('has_nothing_retry', { id, status: sayCode(status) }),
    );
  }
}
