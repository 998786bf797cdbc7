import { once } from 'node:events';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { AuditOutcome } from '@cyberstroll/contracts';
import { startTimeLimit } from '@cyberstroll/runtime';
import type { Request, Response } from 'express';
import { endWithKey } from '../caller';

/** An answer, sent as JSON. `status` is by default the only one of the operation, or 200. */
export interface Answer<Body = unknown> {
  status?: number;
  location?: string;
  /** Of the task: its `ETag`. */
  version?: number;
  /** What a command changed, for the audit log. */
  change?: Pick<AuditOutcome, 'task_id' | 'subject' | 'before' | 'after'>;
  body: Body;
  /** The body as it is sent, if several clients get it. */
  json?: Buffer;
}

/** An answer that is not JSON. It may be sent to several clients. */
export interface BytesAnswer {
  /** Undefined if it is kept compressed alone. */
  bytes: Uint8Array | undefined;
  /** The same, compressed, once that was asked for. */
  zipped?: Promise<Uint8Array>;
}

export const toZipped: (bytes: Uint8Array) => Promise<Uint8Array> = promisify(gzip);
const toPlain: (zipped: Uint8Array) => Promise<Uint8Array> = promisify(gunzip);

/** Sends bytes, compressed if the client takes that. */
export async function sendBytes(
  answer: BytesAnswer,
  type: string,
  request: Request,
  response: Response,
): Promise<void> {
  response.status(200).type(type).vary('Accept-Encoding');
  const { bytes } = answer;
  if (!request.acceptsEncodings('gzip')) return void response.end(bytes ?? (await toPlain(await answer.zipped!)));
  if (bytes) answer.zipped ??= toZipped(bytes);
  response.set('content-encoding', 'gzip').end(await answer.zipped);
}

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
  const limit = startTimeLimit(STALLED_MS, settled.signal);
  try {
    await Promise.race(['drain', 'close'].map((event) => once(response, event, limit)));
  } finally {
    limit.clear();
    settled.abort();
  }
}
