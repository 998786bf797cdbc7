import { once } from 'node:events';
import { connect } from 'node:net';
import { createReadiness } from '../health/health';
import { createMetrics } from '../health/metrics';
import { createHttpServer } from './http-server';

const server = createHttpServer({
  host: '127.0.0.1',
  port: 0,
  readiness: createReadiness({ needs: {} }),
  metrics: createMetrics('test'),
});

beforeAll(() => server.start());
afterAll(() => server.stop());

/** Sends each part when the one before is answered; all that comes back until the server closes the connection. */
async function send(...parts: string[]): Promise<string> {
  const socket = connect(server.port(), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  for (const part of parts) {
    socket.write(part);
    await Promise.race([once(socket, 'data'), closed]);
  }
  await closed;
  return answer;
}

const statusesIn = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

it('answers a bad request that follows a good one on the same connection by its own fault', async () => {
  expect(statusesIn(await send('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n', 'GARBAGE\r\n\r\n'))).toEqual([200, 400]);
});

it('answers a request once, also where its body turns out to be no HTTP afterwards', async () => {
  const post = 'POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(statusesIn(await send(`${post}no chunk\r\n`))).toEqual([404]);
});

it('reads health paths alone, by HEAD too', async () => {
  const url = `http://127.0.0.1:${server.port()}`;
  expect((await fetch(`${url}/livez`, { method: 'HEAD' })).status).toBe(200);
  const answer = await fetch(`${url}/livez`, { method: 'POST' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect(await answer.json()).toMatchObject({ code: 'method_not_allowed', status: 405 });
});

it('keeps a connection for longer than a load balancer does, which then is the one to close it', async () => {
  const answer = await fetch(`http://127.0.0.1:${server.port()}/livez`);
  const [, seconds] = /^timeout=(\d+)$/.exec(answer.headers.get('keep-alive') ?? '')!;
  expect(Number(seconds)).toBeGreaterThan(60);
});
