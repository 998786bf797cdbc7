import { once } from 'node:events';
import type { Request, Response } from 'express';
import { endWithKey } from '../caller';

/** An answer that is sent as it is read. */
export interface StreamedAnswer {
  type: string;
  /** Begins to read when it is sent, and ends when the client goes away. */
  chunks: AsyncIterable<string>;
}

/** A client that takes nothing for this long is cut off. */
const STALLED_MS = 60_000;

/**
 * Sends chunks as fast as the client takes them. A fault before the first one gets the answer of any fault; a later one
 * ends the connection, and so does the end of its API key or session. No more is read once the client has gone.
 */
export async function sendStream({ type, chunks }: StreamedAnswer, request: Request, response: Response) {
  response.status(200).type(type);
  if (request.method === 'HEAD') return void response.end();
  endWithKey(response);
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await untilTaken(response);
  }
  response.end();
}

async function untilTaken(response: Response): Promise<void> {
  const settled = new AbortController();
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(STALLED_MS)]);
  try {
    await Promise.race(['drain', 'close'].map((event) => once(response, event, { signal })));
  } finally {
    settled.abort();
  }
}
