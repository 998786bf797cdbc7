import { CliError } from './cli-error';

import { defineTexts } from './language/say';

const t = defineTexts({
  sent_more: ['{url} sent more than {megabytes} MB', '{url} 发送的内容超过 {megabytes} MB'],
});

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
        controller.error(new CliError('error', t('sent_more', values)));
      }
    },
  });
  return new Response(answer.body.pipeThrough(count), answer);
}
