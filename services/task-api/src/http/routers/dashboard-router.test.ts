import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { createProblemHandler } from '../middleware/problem-handler';
import { createDashboardRouter } from './dashboard-router';

const PATHS = ['/', '/login', '/tasks', '/tasks/new', '/tasks/{task_id}', '/audit'];
const FILES = {
  'index.html': '<p>page</p>',
  'pages.json': JSON.stringify(PATHS),
  'assets/a-1b2c.js': 'a()',
  'runbooks/zombie.html': '<h1>zombie</h1>',
};
const lines: string[] = [];
const logger = pino({}, { write: (line: string) => lines.push(line) });
const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
const servers: ReturnType<typeof createServer>[] = [];

/** What answers the requests that the dashboard does not take. */
async function start(from: string): Promise<(path: string, headers?: Record<string, string>) => Promise<Response>> {
  const app = express().disable('etag');
  app.use(createDashboardRouter({ logger, folder: from }));
  app.use((_request, response) => void response.status(401).end());
  app.use(createProblemHandler({ complete: async () => undefined }, logger));
  const server = createServer(app).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return (path, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
}

let get: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  get = await start(folder);
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

it.each([
  '/',
  '/?tv=1',
  '/login',
  '/tasks',
  '/tasks/6900f1c2b7e4a83d51c09f11',
  '/tasks/x/grid',
  '/tasks/%E0%A4%A',
  '/audit',
])('the page at %s', async (path) => {
  const answer = await get(path);
  expect([answer.status, await answer.text()]).toEqual([200, FILES['index.html']]);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  expect(answer.headers.get('cache-control')).toBe('no-cache');
});

it('may load and call nothing but its own origin, in no frame, without inline scripts', async () => {
  const { headers } = await get('/');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

it('is not sent again if it is the same', async () => {
  const { headers } = await get('/');
  expect((await get('/tasks', { 'if-none-match': headers.get('etag')!, 'cache-control': 'max-age=0' })).status).toBe(
    304,
  );
});

it('has assets that are kept for ever, and compressed for those that can', async () => {
  const answer = await get('/assets/a-1b2c.js', { 'accept-encoding': 'gzip' });
  expect(await answer.text()).toBe(FILES['assets/a-1b2c.js']);
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const plain = await get('/assets/a-1b2c.js', { 'accept-encoding': 'identity' });
  expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, FILES['assets/a-1b2c.js']]);
  expect(await (await get('/runbooks/zombie.html')).text()).toBe(FILES['runbooks/zombie.html']);
});

it.each([
  '/api/tasks',
  '/api',
  '/ws/tasks/progress',
  '/docs',
  '/tasksx',
  '/nodes',
  '/pages.json',
  '/assets/b.js',
  '/assets/..%2f..%2fetc%2fpasswd',
])('leaves %s to others: no page of the dashboard begins so', async (path) => {
  expect((await get(path)).status).toBe(401);
});

it('a browser that asks for an unknown address gets the page, which says so', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const answer = await get('/nope/x', { accept });
  expect([answer.status, await answer.text()]).toEqual([404, FILES['index.html']]);
  for (const path of ['/api/nope', '/metrics', '/assets/b.js']) expect((await get(path, { accept })).status).toBe(401);
  expect((await get('/nope', { accept: 'application/json' })).status).toBe(401);
});

it('gets 404 while it is not built, and one line in the log', async () => {
  const getFrom = await start(join(folder, 'nothing'));
  const answer = await getFrom('/');
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'route_not_found']);
  await getFrom('/tasks');
  expect(lines.filter((line) => line.includes('the dashboard is not built"'))).toHaveLength(1);
});
