import { CliError } from './cli-error';
import { say } from './language/say';

const MEGABYTE = 2 ** 20;
/** The largest answer that is read whole, in megabytes. A page of 1,000 items has a few. */
const MOST_MEGABYTES = 64;

/** The same answer. Reading it fails beyond `MOST_MEGABYTES`: another server may listen there, and never end. */
export function limitBody(answer: Response): Response {
  if (!answer.body) return answer;
  let left = MOST_MEGABYTES * MEGABYTE;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left >= 0) controller.enqueue(chunk);
      else {
        const values = { url: answer.url, megabytes: MOST_MEGABYTES };
        controller.error(new CliError('error', say('{url} sent more than {megabytes} MB', values)));
      }
    },
  });
  return new Response(answer.body.pipeThrough(count), answer);
}
