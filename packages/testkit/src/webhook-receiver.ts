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

export interface WebhookReceiver {
  url: string;
  received: ReceivedWebhook[];
  /** What the next ones are answered; 204 after them. `cut` hangs up without an answer, `hang` never answers. */
  answers: (number | 'cut' | 'hang')[];
  close(): Promise<void>;
}

/** A receiver as an operator would write one: it takes what is signed with the secret and sent within five minutes. */
export async function createWebhookReceiver(secret: string): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const answers: WebhookReceiver['answers'] = [];
  const server = createServer(async (request, response) => {
    let raw = '';
    for await (const chunk of request) raw += chunk;
    const { url: path = '', headers } = request;
    received.push({
      ...{ path, headers },
      body: JSON.parse(raw),
      isGenuine: isGenuine(headers, raw, secret),
    });
    const answer = answers.shift() ?? 204;
    if (answer === 'cut') request.socket.destroy();
    else if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isGenuine(headers: IncomingHttpHeaders, raw: string, secret: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers;
  const expected = `v1,${createHmac('sha256', secret).update(`${id}.${time}.${raw}`).digest('base64')}`;
  const given = Buffer.from(String(signature));
  const isSigned = given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
  return isSigned && Math.abs(Date.now() / 1_000 - Number(time)) < 300;
}
