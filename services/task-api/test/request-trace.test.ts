import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import express from 'express';
import { pino } from 'pino';
import { giveRequestId } from '../src/http/middleware/request-id';
import { createRequestLog } from '../src/http/middleware/request-log';
import { createRequestTrace, findTraceparent } from '../src/http/middleware/request-trace';

const TRACE = 'c'.repeat(32);

it.each([
  ['its client’s trace', { traceparent: `00-${TRACE}-${'d'.repeat(16)}-01` }, TRACE],
  ['no trace where its client has none', {}, undefined],
  ['no trace of an invalid traceparent', { traceparent: 'nonsense' }, undefined],
])('a request and its log line have %s', async (_, headers, expected) => {
  const lines = new PassThrough();
  const app = express();
  app.use(createRequestTrace(), giveRequestId, createRequestLog(pino({}, lines)));
  app.post('/', (_request, response) => void response.json(findTraceparent(response) ?? null));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const response = await fetch(url, { method: 'POST', headers: headers as Record<string, string> });
    expect(await response.json()).toBe(expected ? (headers as { traceparent: string }).traceparent : null);
    const [line] = await once(lines, 'data');
    expect(JSON.parse(String(line)).trace_id).toBe(expected);
  } finally {
    server.close();
  }
});
