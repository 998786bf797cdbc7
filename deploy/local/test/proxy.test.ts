import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { eventually } from '@cyberstroll/testkit';
import { findFreePort } from '../src/engines/free-port';
import { type ReverseProxy, startProxy } from '../src/proxy/start-proxy';

interface Backend {
  url: string;
  server: Server;
  close(): Promise<void>;
}

let backends: Backend[];
let proxy: ReverseProxy | undefined;
beforeEach(() => {
  backends = [];
});
afterEach(async () => {
  await proxy?.close();
  for (const backend of backends) await backend.close();
});

async function listen(listener: RequestListener, port = 0): Promise<Backend> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const backend = {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  backends.push(backend);
  return backend;
}

/** In front of task-api and of progress-pusher. */
async function start(api: readonly string[], pusher: readonly string[] = [], silenceMs = 600_000): Promise<string> {
  const routes = [
    { prefix: '/ws/', service: 'progress-pusher', urls: pusher },
    { prefix: '/', service: 'task-api', urls: api },
  ];
  proxy = await startProxy({ port: await findFreePort(), routes, silenceMs });
  return proxy.url;
}

const answerAs =
  (name: string): RequestListener =>
  ({ method, url, headers }, response) =>
    response.setHeader('x-name', name).end(JSON.stringify({ name, method, url, headers }));

it.each(['/metrics', '/readyz?x=1', '/livez'])('does not serve %s, which asks for no key', async (path) => {
  const origin = await start([(await listen(answerAs('api'))).url]);
  const answer = await fetch(origin + path);
  expect([answer.status, answer.headers.get('x-name')]).toEqual([404, null]);
  expect(await answer.json()).toMatchObject({ code: 'route_not_found' });
});

it('sends /ws/ to progress-pusher and all else to task-api, as the client sent it', async () => {
  const origin = await start([(await listen(answerAs('api'))).url], [(await listen(answerAs('pusher'))).url]);
  const paths = ['/', '/api/tasks?label=%E5%A4%9C&limit=2', '/ws', '/wsx/', '/x/ws/', '/ws/tasks/1/progress?ticket=a'];
  const seen: string[] = [];
  for (const path of paths) {
    const answer = await fetch(origin + path, { method: 'DELETE' });
    const { name, method, url } = (await answer.json()) as Record<string, string>;
    expect(answer.headers.get('x-name')).toBe(name);
    seen.push(`${name} ${method} ${url}`);
  }
  expect(seen).toEqual(paths.map((path) => `${path.startsWith('/ws/') ? 'pusher' : 'api'} DELETE ${path}`));
});

it('names the client after what it says of itself, and the host that it asked', async () => {
  const origin = await start([(await listen(answerAs('api'))).url]);
  const forged = { 'x-forwarded-for': '10.9.9.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
  const { headers } = (await (await fetch(origin, { headers: forged })).json()) as Pick<IncomingMessage, 'headers'>;
  const host = new URL(origin).host;
  expect(headers).toMatchObject({
    host,
    'x-forwarded-for': '10.9.9.9, 127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': host,
  });
});

it('passes a WebSocket with its subprotocol, both ways, until one side ends it', async () => {
  const pusher = await listen(answerAs('pusher'));
  pusher.server.on('upgrade', ({ headers }: IncomingMessage, socket: Socket) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${headers['sec-websocket-protocol']}\r\n\r\nhello `,
    );
    socket.on('data', (data) => (String(data) === 'end' ? socket.resetAndDestroy() : socket.write(`${data}!`)));
  });
  const origin = await start([], [pusher.url]);
  const { response, socket, head } = await upgrade(`${origin}/ws/tasks/progress`, 'cyberstroll.grid');
  expect([response.statusCode, response.headers['sec-websocket-protocol']]).toEqual([101, 'cyberstroll.grid']);
  let heard = String(head);
  socket.on('data', (data) => {
    heard += data;
  });
  socket.write('you');
  await eventually(() => expect(heard).toBe('hello you!'));
  socket.write('end');
  await once(socket, 'close');
  expect(heard).toBe('hello you!');
});

/** What the server makes of a request for a WebSocket. */
function upgrade(url: string, protocol: string): Promise<{ response: IncomingMessage; socket: Socket; head: Buffer }> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-protocol': protocol };
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers });
    asking.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
    asking.on('response', (response) => resolve({ response, socket: response.socket, head: Buffer.alloc(0) }));
    asking.on('error', reject).end();
  });
}

it('passes each part of an answer at once, and leaves the service when the client does', async () => {
  let gone = false;
  const api = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    response.on('close', () => {
      gone = true;
    });
  });
  const leaving = new AbortController();
  const answer = await fetch(await start([api.url]), { signal: leaving.signal });
  const reader = answer.body!.getReader();
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 1\n\n');
  leaving.abort();
  await eventually(() => gone);
});

it('passes a large body as it comes', async () => {
  const [first, rest] = [randomBytes(100_000), randomBytes(20_000_000)];
  let received = 0;
  const api = await listen((incoming, response) => {
    incoming.on('data', ({ length }: Buffer) => {
      received += length;
    });
    incoming.on('end', () => response.end());
  });
  const asking = request(await start([api.url]), { method: 'POST' });
  asking.write(first);
  await eventually(() => received === first.length);
  asking.end(rest);
  const [{ statusCode }] = (await once(asking, 'response')) as [IncomingMessage];
  expect([statusCode, received]).toEqual([200, first.length + rest.length]);
});

it('answers for a service that is down, and finds it when it is back', async () => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const origin = await start([url], [url]);
  const problem = { type: 'urn:cyberstroll:problem:unavailable', status: 503, code: 'unavailable' };

  const answer = await fetch(`${origin}/api/tasks`, { method: 'POST', body: 'x'.repeat(1_000_000) });
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('retry-after')]).toEqual([
    503,
    'application/problem+json',
    '2',
  ]);
  expect(await answer.json()).toMatchObject({ ...problem, detail: expect.stringContaining('task-api') });

  const { response } = await upgrade(`${origin}/ws/tasks/progress`, 'x');
  const chunks = await response.toArray();
  expect(response.statusCode).toBe(503);
  expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
    ...problem,
    detail: expect.stringContaining('progress-pusher'),
  });

  await listen(answerAs('api'), port);
  expect((await fetch(origin)).status).toBe(200);
});

it('answers for a service that says nothing, and cuts an answer that ends in its midst', async () => {
  const api = await listen(({ url }, response) => {
    if (url === '/half') response.writeHead(200, { 'content-length': '10' }).write('half');
  });
  const origin = await start([api.url], [], 200);
  expect((await fetch(origin)).status).toBe(503);
  await eventually(async () => {
    const half = await fetch(`${origin}/half`);
    // On a slow machine it may have said nothing for that long.
    expect(half.status).toBe(200);
    await expect(half.text()).rejects.toThrow();
  });
});

it('of several replicas it takes those that are ready in turn; if none is, one that answers', async () => {
  const readiness: Record<string, number> = { one: 200, two: 503, three: 200 };
  const replicas = await Promise.all(
    Object.keys(readiness).map((name) =>
      listen((incoming, response) => {
        if (incoming.url === '/readyz') response.writeHead(readiness[name]!).end();
        else response.end(name);
      }),
    ),
  );
  const origin = await start(replicas.map(({ url }) => url));
  const ask = async () => (await fetch(origin)).text();
  const six = [];
  for (let i = 0; i < 6; i += 1) six.push(await ask());
  expect(new Set(six)).toEqual(new Set(['one', 'three']));
  await replicas[0]!.close();
  expect([await ask(), await ask(), await ask()]).toEqual(['three', 'three', 'three']);
  readiness['three'] = 503;
  expect(['two', 'three']).toContain(await ask());
});
