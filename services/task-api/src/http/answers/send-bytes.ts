import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** An answer that is not JSON. */
export interface BytesAnswer {
  bytes: Uint8Array;
  /** The same, compressed, once that was asked for: an answer may be sent to several clients. */
  zipped?: Promise<Uint8Array>;
}

const compress = promisify(gzip);

/** Sends bytes, compressed if the client takes that. */
export async function sendBytes(
  answer: BytesAnswer,
  type: string,
  request: Request,
  response: Response,
): Promise<void> {
  response.status(200).type(type).vary('Accept-Encoding');
  if (!request.acceptsEncodings('gzip')) return void response.end(answer.bytes);
  answer.zipped ??= compress(answer.bytes);
  response.set('content-encoding', 'gzip').end(await answer.zipped);
}
