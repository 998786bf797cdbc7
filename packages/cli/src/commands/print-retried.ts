import type { Retried } from '../api-types';
import type { Output } from '../output';
import { toPrintable } from '../text/printable';

/** Prints the id of a retried task or subtask, and the number of addresses that are scanned again. */
export async function printRetried(answer: Retried, id: string, output: Output): Promise<void> {
  if (output.json) await output.jsonLine(answer);
  else await output.line(toPrintable(`${id}  retried ${answer.retried}`));
  if (answer.retried === 0) {
    const standing = answer.status === undefined ? '' : `: it is ${answer.status}`;
    output.message(toPrintable(`${id} has nothing to retry${standing}`));
  }
}
