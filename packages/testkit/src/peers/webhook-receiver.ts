import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedWebhook {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** What the receiver made of it. */
  isGenuine: boolean;
}

export type WebhookAnswer = number | 'cut' | 'hang';

export type WebhookReceiver = Awaited<ReturnType<typeof createWebhookReceiver>>;

/** A receiver as an operator would write one: it takes what is signed with the secret and sent within five minutes. */
export async function createWebhookReceiver(secret: string) {
  const received: ReceivedWebhook[] = [];
  const answers: WebhookAnswer[] = [];
  let decide: (webhook: ReceivedWebhook) => WebhookAnswer | undefined = () => undefined;
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request) raw += chunk;
    const { url: path = '', headers } = request;
    const webhook = { path, headers, body: JSON.parse(raw), isGenuine: isGenuine(headers, raw, secret) };
    received.push(webhook);
    const answer = answers.shift() ?? decide(webhook) ?? 204;
    if (answer === 'cut') request.socket.destroy();
    else if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** What the next ones are answered; 204 after them. `cut` hangs up without an answer, `hang` never answers. */
    answers,
    /** What each one is answered for which `answers` has nothing: decided by what came; 204 if it says nothing. */
    decide(answer: (webhook: ReceivedWebhook) => WebhookAnswer | undefined): void {
      decide = answer;
    },
    close: (): Promise<void> =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isGenuine(headers: IncomingHttpHeaders, raw: string, secret: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers;
  const expected = `v1,${createHmac('sha256', secret).update(`${id}.${time}.${raw}`).digest('base64')}`;
  // Two of them while the sender changes its secret.
  const isSigned = String(signature)
    .split(' ')
    .some((given) => given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected)));
  return isSigned && Math.abs(Date.now() / 1_000 - Number(time)) < 300;
}
