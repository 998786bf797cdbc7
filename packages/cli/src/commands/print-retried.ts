import type { Retried } from '../api-types';
import { say, sayCode } from '../language/say';
import type { Output } from '../output';

/** Prints the id of a retried task or subtask, and the number of addresses that are scanned again. */
export async function printRetried(answer: Retried, id: string, output: Output): Promise<void> {
  if (output.json) await output.jsonLine(answer);
  else await output.line(say('{id}  retried {count}', { id, count: answer.retried }));
  if (answer.retried === 0) {
    const { status } = answer;
    output.message(
      status === undefined
        ? say('{id} has nothing to retry', { id })
        : say('{id} has nothing to retry: it is {status}', { id, status: sayCode(status) }),
    );
  }
}
