/**
 * The HTTP API as typed calls, and the address of its progress WebSocket. Every failure is a CliError that knows its
 * exit code: a problem+json answer by its status, a missing answer as `unreachable`.
 */

import { type ApiAnswer, ApiError, type Client, createClient, type DataOf, unwrap } from '@cyberstroll/client';
import { RESULT_STREAMS, type ResultStream } from '@cyberstroll/contracts';
import { startTimeLimit } from '@cyberstroll/runtime';
import { CliError } from './cli-error';
import { toExitName } from './exit-code';
import { fetchByHttp } from './fetch-by-http';
import { defineTexts, joinTexts, say, type Text, verbatim } from './language/say';

const t = defineTexts({
  no_answer: ['no answer from {url}: {cause}', '{url} 无响应：{cause}'],
  cut_off: ['the answer was cut off from {url}: {cause}', '来自 {url} 的响应中断：{cause}'],
  unexpected_body: ['{url} answered with an unexpected body', '{url} 的响应内容不符合预期'],
  not_address: [
    '"{text}" is not a {protocol}:// or {protocol}s:// address',
    '"{text}" 不是 {protocol}:// 或 {protocol}s:// 地址',
  ],
  no_answer_within: ['no answer within {seconds} s', '{seconds} s 内无响应'],
  sent_more: ['{url} sent more than {megabytes} MB', '{url} 发送的内容超过 {megabytes} MB'],
  connection_failed: ['connection failed', '连接失败'],
  give_key: [' (give a key with --key or CYBERSTROLL_API_KEY)', '（请用 --key 或 CYBERSTROLL_API_KEY 提供密钥）'],
  try_again: [' (try again in {seconds} s)', '（请在 {seconds} s 后重试）'],
});

export interface ApiClientOptions {
  /** `http://host:port`, with or without `/api`. */
  url: string;
  /** `ws://host:port` of the progress pusher; by default the host and port of `url`. */
  wsUrl?: string;
  key?: string;
  /** Milliseconds that one request may take. Default 30,000. */
  timeoutMs?: number;
  /** Aborts every open request. */
  signal?: AbortSignal;
}

export interface ApiClient extends Pick<Client, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'> {
  /**
   * The data of an answer, which must have this field, since another server may listen there:
   * `call(GET('/api/tasks/{task_id}', { params: { path: { task_id } } }), 'task_id')`.
   */
  call<Call extends ApiAnswer>(sent: Promise<Call>, field: keyof DataOf<Call>): Promise<DataOf<Call>>;
  /** The answer as text that arrives part by part. Throws if it is cut off. */
  stream(open: (init: StreamInit) => Promise<ApiAnswer>, format: ResultStream): AsyncIterable<string>;
  /** The URL of a task's progress WebSocket, and the headers that authorize it. */
  progressSocket(taskId: string): { url: string; headers: Record<string, string> };
}

/** What makes an answer a stream. */
interface StreamInit {
  headers: { accept: string };
  parseAs: 'stream';
  fetch: (request: Request) => Promise<Response>;
}

type Failure = (values: { url: string; cause: string }) => Text;
const sayNoAnswer: Failure = (values) => t('no_answer', values);
const sayCutOff: Failure = (values) => t('cut_off', values);

/** Of a POST, which is carried out once under its key. Longer waits are reported to the user. */
const RETRY = { times: 2, longestWait: 2 };

export function createApiClient({ url, wsUrl, key, timeoutMs = 30_000, signal }: ApiClientOptions): ApiClient {
  const base = toBase(url, 'http', '/api');
  const wsBase = toBase(wsUrl ?? base.replace(/^http/, 'ws'), 'ws', '/ws');
  const startLimit = () => startTimeLimit(timeoutMs, ...(signal ? [signal] : []));
  const options = {
    baseUrl: base,
    apiKey: key || undefined,
    fetch: async (request: Request) => limitBody(await fetchByHttp(request, startLimit()), request.url),
  };
  const { GET, PUT, PATCH, DELETE } = createClient(options);
  const { POST } = createClient({ ...options, retry: RETRY });

  async function call<Call extends ApiAnswer>(sent: Promise<Call>, field: keyof DataOf<Call>): Promise<DataOf<Call>> {
    const data = await unwrap(sent).catch((error: unknown) => {
      throw toCliError(error);
    });
    if (!hasField(data, field)) throw unexpected();
    return data;
  }

  /** The time limit is that to the head of the answer. */
  async function* stream(open: (init: StreamInit) => Promise<ApiAnswer>, format: ResultStream): AsyncGenerator<string> {
    const limit = startLimit();
    let toFailure: Failure = sayNoAnswer;
    try {
      const answer = open({
        headers: { accept: RESULT_STREAMS[format] },
        parseAs: 'stream',
        fetch: (request) => fetchByHttp(request, limit),
      });
      const body = (await unwrap(answer)) as AsyncIterable<Uint8Array> | undefined;
      limit.clear();
      toFailure = sayCutOff;
      const decoder = new TextDecoder();
      for await (const bytes of body ?? []) yield decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw toCliError(error, toFailure);
    } finally {
      limit.clear();
    }
  }

  function toCliError(error: unknown, toFailure: Failure = sayNoAnswer): CliError {
    if (error instanceof ApiError) return toRefusal(error);
    if (error instanceof CliError) return error;
    if (signal?.aborted) return new CliError('interrupted', say('interrupted'));
    if (error instanceof SyntaxError) return unexpected();
    return new CliError('unreachable', toFailure({ url: base, cause: toCause(error, timeoutMs) }), { cause: error });
  }

  const unexpected = () => new CliError('error', t('unexpected_body', { url: base }));

  return {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE,
    call,
    stream,
    progressSocket: (taskId) => ({
      url: `${wsBase}/ws/tasks/${encodeURIComponent(taskId)}/progress`,
      headers: (key ? { authorization: `Bearer ${key}` } : {}) as Record<string, string>,
    }),
  };
}

const hasField = (data: unknown, field: PropertyKey): boolean =>
  typeof data === 'object' && data !== null && field in data && (field !== 'items' || isList(data));
const isList = (data: object): boolean => Array.isArray((data as { items?: unknown }).items);

/** The part of an address before `/api` or `/ws`. */
function toBase(text: string, protocol: 'http' | 'ws', suffix: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== `${protocol}:` && url?.protocol !== `${protocol}s:`) {
    throw new CliError('usage', t('not_address', { text, protocol }));
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${url.host}${path.endsWith(suffix) ? path.slice(0, -suffix.length) : path}`;
}

function toCause(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === 'TimeoutError') return t('no_answer_within', { seconds: timeoutMs / 1000 });
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  return message || code || t('connection_failed');
}

function toRefusal({ status, detail, retry_after, problem }: ApiError): CliError {
  const hint = status === 401 ? t('give_key') : retry_after ? t('try_again', { seconds: retry_after }) : undefined;
  return new CliError(toExitName(status), joinTexts(verbatim(detail), hint), { httpStatus: status, problem });
}

const MEGABYTE = 2 ** 20;
/** The largest answer that is read whole, in megabytes. A page of 1,000 items has a few. */
const MOST_MEGABYTES = 64;

/** The same answer. Reading it fails beyond `MOST_MEGABYTES`: another server may listen there, and never end. */
function limitBody(answer: Response, url: string): Response {
  if (!answer.body) return answer;
  let left = MOST_MEGABYTES * MEGABYTE;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left >= 0) controller.enqueue(chunk);
      else {
        const values = { url, megabytes: MOST_MEGABYTES };
        controller.error(new CliError('error', t('sent_more', values)));
      }
    },
  });
  return new Response(answer.body.pipeThrough(count), answer);
}
