import { createClient } from '@cyberstroll/client';
import { keepKey } from './keep-key';

/** The keys of freezes with these reasons, sent one after another by one form, whose answers have these statuses. */
async function send(...sent: [reason: string, status: number][]) {
  const keys: (string | null)[] = [];
  const answers = sent.map(([, status]) => status);
  const client = createClient({
    baseUrl: 'http://api',
    fetch: async (request) => {
      keys.push(request.headers.get('idempotency-key'));
      return Response.json({}, { status: answers.shift()! });
    },
  });
  client.use(keepKey());
  for (const [reason] of sent) await client.POST('/api/freezes', { body: { covers: { all: true }, reason } });
  return keys;
}

it('the same request after an error has the same key, and a changed one another', async () => {
  const [first, again, changed] = await send(['an outage', 503], ['an outage', 503], ['an outage!', 201]);
  expect(again).toBe(first);
  expect(changed).not.toBe(first);
});

it('the same request after a success has another key', async () => {
  const [first, another] = await send(['an outage', 201], ['an outage', 201]);
  expect(another).not.toBe(first);
});
