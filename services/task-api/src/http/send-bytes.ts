import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

/** An answer that is not JSON. */
export interface BytesAnswer {
  bytes: Uint8Array;
}

const compress = promisify(gzip);

/** Sends bytes, compressed if the client takes that. */
export async function sendBytes(
  { bytes }: BytesAnswer,
  type: string,
  request: Request,
  response: Response,
): Promise<void> {
  response.status(200).type(type).vary('Accept-Encoding');
  if (!request.acceptsEncodings('gzip')) return void response.end(bytes);
  response.set('content-encoding', 'gzip').end(await compress(bytes));
}
