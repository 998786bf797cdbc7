import { RESULT_STREAMS, type Result, type ResultStream } from '@cyberstroll/contracts';
import type { ResultQuery } from '@cyberstroll/store';
import { type Request, type Response, Router } from 'express';
import { CSV_HEADER, toCsvRows, toNdjsonLine } from '../core/result-lines';
import { addOperations } from './add-operations';
import type { AppDeps } from './app-deps';

type Format = 'json' | ResultStream;
type Query = ResultQuery & { limit?: number | undefined; format?: Format | undefined };

const PAGE_LIMIT = 100;
/** Lines are sent together, about this many characters at once. */
const CHUNK_LENGTH = 65_536;

/** Hosts with open ports, of all tasks or of one: in pages, or as a stream of everything that matches. */
export function createResultsRouter({ store }: Pick<AppDeps<'results' | 'tasks'>, 'store'>): Router {
  const router = Router();

  async function answer({ format: asked, ...query }: Query, request: Request, response: Response) {
    const format = asked ?? findAccepted(request);
    response.vary('Accept');
    if (format === 'json') {
      return { body: await store.results.findPage({ ...query, limit: query.limit ?? PAGE_LIMIT }) };
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const results = await store.results.stream(query, gone.signal);
    const lines = format === 'csv' ? toCsv(results, query) : toNdjson(results);
    return { type: RESULT_STREAMS[format], chunks: toChunks(lines) };
  }

  addOperations(router, {
    listResults: ({ query, request, response }) => answer(query, request, response),

    async listTaskResults({ params: { task_id }, query, request, response }) {
      await store.tasks.getTaskStatus(task_id);
      return answer({ ...query, task_id }, request, response);
    },
  });
  return router;
}

/** What the client prefers; pages if it names none of the forms. */
function findAccepted(request: Request): Format {
  const type = request.accepts(['application/json', ...Object.values(RESULT_STREAMS)]);
  const [format] = Object.entries(RESULT_STREAMS).find(([, each]) => each === type) ?? ['json'];
  return format as Format;
}

async function* toCsv(results: AsyncIterable<Result>, query: Query): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const result of results) yield toCsvRows(result, query);
}

async function* toNdjson(results: AsyncIterable<Result>): AsyncGenerator<string> {
  for await (const result of results) yield toNdjsonLine(result);
}

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
