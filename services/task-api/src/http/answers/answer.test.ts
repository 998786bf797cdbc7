import { Writable } from 'node:stream';
import type { Request, Response } from 'express';
import { sendStream } from './answer';

/** Of a client that reads nothing. */
function createStalledResponse(): Response {
  const stalled = new Writable({ highWaterMark: 1, write: () => undefined });
  const response = Object.assign(stalled, { locals: {}, status: () => response, type: () => response });
  return response as object as Response;
}

it('ends an answer whose client has read nothing for a minute', async () => {
  jest.useFakeTimers();
  try {
    let read = 0;
    async function* chunks() {
      for (;;) yield String(read++);
    }
    const answer = { type: 'text/csv', chunks: chunks() } as Parameters<typeof sendStream>[0];
    const sent = sendStream(answer, { method: 'GET' } as Request, createStalledResponse());
    const ended = jest.fn();
    sent.catch(ended);
    await jest.advanceTimersByTimeAsync(59_999);
    expect(ended).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(read).toBe(1);
  } finally {
    jest.useRealTimers();
  }
});
