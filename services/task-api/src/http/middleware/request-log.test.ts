import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import express from 'express';
import { pino } from 'pino';
import { giveRequestId } from './request-id';
import { createRequestLog } from './request-log';

/** The lines of a log of this level about one request. */
async function logOne(level: string, method: string, status: number): Promise<Record<string, unknown>[]> {
  const written = new PassThrough();
  const closed: Promise<unknown>[] = [];
  const app = express();
  app.use(giveRequestId, createRequestLog(pino({ level }, written)));
  app.use((_request, response) => {
    closed.push(once(response, 'close'));
    response.status(status).end();
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/tasks?key=secret`;
    await fetch(url, { method, headers: { 'x-request-id': 'r1' } });
    await Promise.all(closed);
    const text = String(written.read() ?? '');
    return text.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

it.each([
  ['a read', 'GET', 200, 'debug'],
  ['a read that is refused', 'GET', 404, 'info'],
  ['a command', 'POST', 201, 'info'],
  ['a refusal of an outage', 'GET', 503, 'info'],
  ['a failure', 'GET', 500, 'warn'],
])('%s (%s, %s) is logged as %s, without its query', async (_, method, status, level) => {
  const lines = await logOne('debug', method, status);
  expect(lines).toEqual([
    expect.objectContaining({
      level: pino.levels.values[level],
      msg: 'request',
      req: { id: 'r1', method, path: '/api/tasks' },
      res: { status },
      duration_ms: expect.any(Number),
    }),
  ]);
});

it('a line below the level of the log is not written', async () => {
  expect(await logOne('info', 'GET', 200)).toEqual([]);
  expect(await logOne('info', 'POST', 201)).toHaveLength(1);
});
