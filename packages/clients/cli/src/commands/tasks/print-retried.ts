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
  const { retried: count, status } = answer;
  const isDryRun = 'dry_run' in answer && answer.dry_run;
  await output.answer(answer, () => t(isDryRun ? 'would_retry' : 'retried', { id, count }));
  if (count > 0) return;
  output.message(
    status === undefined ? t('has_nothing', { id }) : t('has_nothing_retry', { id, status: sayCode(status) }),
  );
}
