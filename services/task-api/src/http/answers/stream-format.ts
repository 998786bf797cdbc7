import { RESULT_STREAMS, type ResultStream } from '@cyberstroll/contracts';
import type { Request, Response } from 'express';

type Format = 'json' | ResultStream;

/** Lines are sent together, about this many characters at once. */
const CHUNK_LENGTH = 65_536;

/** `findFormat`, and the answer says that it depends on what the client prefers. */
export function chooseFormat(asked: Format | undefined, request: Request, response: Response): Format {
  response.vary('Accept');
  return findFormat(asked, request);
}

/** The form of a list that was asked for, else what the client prefers; pages if it names none of the forms. */
export function findFormat(asked: Format | undefined, request: Request): Format {
  if (asked !== undefined) return asked;
  const type = request.accepts(['application/json', ...Object.values(RESULT_STREAMS)]);
  const [format] = Object.entries(RESULT_STREAMS).find(([, each]) => each === type) ?? ['json'];
  return format as Format;
}

/** Aborts when the client has gone. */
export function toGoneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

/** Lines as a streamed answer. */
export const toStream = (format: ResultStream, lines: AsyncIterable<string>) => ({
  type: RESULT_STREAMS[format],
  chunks: toChunks(lines),
});

async function* toChunks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
