import type { Retried } from '../../api-types';
import { say, sayCode } from '../../language/say';
import type { Output } from '../../output';

/** Prints the id of a retried task or subtask, and the number of addresses that are scanned again. */
export async function printRetried(answer: Retried, id: string, output: Output): Promise<void> {
  if (output.json) await output.jsonLine(answer);
  else {
    const isDryRun = 'dry_run' in answer && answer.dry_run;
    const facts = { id, count: answer.retried };
    await output.line(isDryRun ? say('{id}  would retry {count}', facts) : say('{id}  retried {count}', facts));
  }
  if (answer.retried === 0) {
    const { status } = answer;
    output.message(
      status === undefined
        ? say('{id} has nothing to retry', { id })
        : say('{id} has nothing to retry: it is {status}', { id, status: sayCode(status) }),
    );
  }
}
