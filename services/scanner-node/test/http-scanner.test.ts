import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createRunClock } from '@cyberstroll/scanner-sdk';
import { createCertificates } from '@cyberstroll/testkit';
import { createHttpScanner } from '../src/scanners/http-scanner';
import { findClosedPort, listen } from './listeners';

const IP = '127.0.0.9';
const scan = createHttpScanner({ portConcurrency: 8, connectTimeoutMs: 1_000, bannerTimeoutMs: 200 });
const clock = createRunClock();
const ends: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(ends.splice(0).map((end) => end())));
afterAll(() => clock.stop());

async function serve(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, IP);
  await once(server, 'listening');
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
async function serveRaw(answer?: (socket: Socket) => void): Promise<number> {
  const listener = await listen(IP, answer);
  ends.push(() => listener.close());
  return listener.port;
}

function scanPorts(ports: number[], signal = new AbortController().signal) {
  const target = { ip: IP, ports, task_id: '', subtask_id: '', attempt: 1, method: 'http', timeoutMs: 60_000 };
  return scan(target, { signal, clock, progress: () => undefined });
}

const page: RequestListener = (_, response) => {
  response.setHeader('server', 'nginx/1.24.0').end('<html><title lang="en">\n Admin \u001b[31m\n login</title>');
};

it('finds the title, the server and the certificate of a web server', async () => {
  const { key, cert } = await createCertificates();
  const plain = await serve(http.createServer(page));
  const tls = await serve(https.createServer({ key, cert }, page));
  const closed = await findClosedPort(IP);
  const { open_ports, ports } = await scanPorts([plain, tls, closed]);
  expect(open_ports).toEqual([plain, tls].sort((a, b) => a - b));
  const found = { protocol: 'tcp', state: 'open', product: 'nginx/1.24.0', banner: '200 OK, Admin [31m login' };
  expect(ports).toHaveLength(2);
  expect(ports).toContainEqual({ ...found, port: plain, service: 'http' });
  const secure = ports!.find(({ port }) => port === tls)!;
  expect(secure).toMatchObject({
    ...found,
    service: 'https',
    tls: { version: 'TLSv1.3', subject: expect.stringMatching(/=/) },
  });
  expect(Date.parse(secure.tls!.not_after!)).toBeGreaterThan(Date.now());
});

it('follows no redirect', async () => {
  let asked = 0;
  const other = await serve(http.createServer(() => asked++));
  const redirecting = http.createServer((_, response) =>
    response.writeHead(302, { location: `http://${IP}:${other}/` }).end(),
  );
  const { ports } = await scanPorts([await serve(redirecting)]);
  expect(ports).toMatchObject([{ service: 'http', banner: '302 Found' }]);
  expect(asked).toBe(0);
});

it('what is open and is no web server, or never ends its page, is reported all the same', async () => {
  const silent = await serveRaw();
  const other = await serveRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
  const endless = await serve(
    http.createServer((_, response) => void response.write(`<title>endless</title>${'x'.repeat(1_000)}`)),
  );
  const huge = await serve(http.createServer((_, response) => void response.end('x'.repeat(10_000_000))));
  const { open_ports, ports } = await scanPorts([silent, other, endless, huge]);
  expect(open_ports).toHaveLength(4);
  const bannerOf = (port: number) => ports!.find((each) => each.port === port)!.banner;
  expect([silent, other, endless, huge].map(bannerOf)).toEqual([undefined, undefined, '200 OK, endless', '200 OK']);
});

it('ends when it is aborted', async () => {
  const aborting = new AbortController();
  const port = await serveRaw(() => aborting.abort());
  await expect(scanPorts([port], aborting.signal)).rejects.toThrow('aborted');
});
