/**
 * The HTTP API as typed calls, and the address of its progress WebSocket. Every failure is a CliError that knows its
 * exit code: a problem+json answer by its status, a missing answer as `unreachable`.
 */

import {
  type ApiAnswer,
  ApiError,
  createClient,
  type DataOf,
  type FleetStatistics,
  type operations,
  type TaskStatistics,
  unwrap,
} from '@cyberstroll/client';
import {
  type AlertCommand,
  type Page,
  parseSubTaskId,
  RESULT_STREAMS,
  type ResultStream,
} from '@cyberstroll/contracts';
import type {
  AnswerOf,
  ApiAlert,
  ApiAuditEntry,
  ApiDeadLetter,
  ApiKey,
  ApiNode,
  ApiResult,
  ApiSubTask,
  ApiTask,
  BodyOf,
  CommandedTask,
  CreateTaskRequest,
  NewSecret,
  Retried,
  TaskCommand,
} from './api-types';
import { CliError } from './cli-error';
import { toExitName } from './exit-code';
import { joinTexts, say, type Text, verbatim } from './language/say';
import { limitBody } from './limit-body';

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

export interface ListQuery {
  limit?: number;
  cursor?: string;
  status?: string;
}

/** Which tasks: those that match every given filter. */
export interface TaskFilterQuery {
  task_id?: string[];
  status?: string[];
  task_type?: string;
  task_category?: string;
  task_initiator?: string;
  label?: string[];
  target?: string;
  after?: string;
  before?: string;
}

export interface TaskListQuery extends Omit<ListQuery, 'status'>, TaskFilterQuery {
  sort?: string;
}

export interface SubTaskListQuery extends ListQuery {
  /** Only subtasks with an open port. */
  has_open_ports?: true;
  /** Only the subtask of this address. */
  ip?: string;
  error_code?: string;
  /** Only these addresses. */
  target?: string;
  /** Only subtasks that this node holds now. */
  node_id?: string;
}

export interface DeadLetterListQuery extends ListQuery {
  reason?: string;
  queue?: string;
  task_id?: string;
  before?: string;
  after?: string;
  state?: string;
}

export interface NodeListQuery extends ListQuery {
  pool?: string;
}

export interface AlertListQuery extends ListQuery {
  state?: string;
  rule?: string;
}

export interface AuditListQuery extends ListQuery {
  operator?: string;
  operation?: string;
  task_id?: string;
  after?: string;
  before?: string;
}

export interface KeyListQuery extends ListQuery {
  revoked?: 'true';
}

export interface ResultListQuery extends ListQuery {
  port?: number;
  service?: string;
  target?: string;
  task_id?: string;
  label?: string;
  after?: string;
  before?: string;
}

export type DiffQuery = NonNullable<QueryOf<'diffTasks'>>;

export type DeadLetterCommand = 'replay' | 'discard';

export interface ApiClient {
  /** `created` is false if the idempotency key created the task before. */
  createTask(
    body: CreateTaskRequest,
    options?: { idempotencyKey?: string },
  ): Promise<{ task: ApiTask; created: boolean }>;
  /** What a task would be; nothing is created. */
  planTask(body: CreateTaskRequest): Promise<AnswerOf<'planTask'>>;
  getTask(taskId: string): Promise<ApiTask>;
  getTaskStatistics(taskId: string): Promise<TaskStatistics>;
  getStatistics(): Promise<FleetStatistics>;
  commandTask(taskId: string, command: TaskCommand, reason?: string): Promise<CommandedTask>;
  retryTask(taskId: string, body: BodyOf<'retryTask'>): Promise<Retried>;
  changeTask(taskId: string, body: BodyOf<'changeTask'>): Promise<ApiTask>;
  /** Adds and removes labels; keeps what others change at the same time. */
  changeLabels(taskId: string, change: { add: string[]; remove: string[] }, reason?: string): Promise<ApiTask>;
  deleteTask(taskId: string, reason?: string): Promise<AnswerOf<'deleteTask'>>;
  commandTasks(body: BodyOf<'bulkTasks'>): Promise<AnswerOf<'bulkTasks'>>;
  endOperation(operationId: string, reason?: string): Promise<AnswerOf<'cancelOperation'>>;
  getOperation(id: string): Promise<AnswerOf<'getOperation'>>;
  cleanUpTasks(body: BodyOf<'cleanUpTasks'>): Promise<AnswerOf<'cleanUpTasks'>>;
  listTasks(query?: TaskListQuery): Promise<Page<ApiTask>>;
  listSubTasks(taskId: string, query?: SubTaskListQuery): Promise<Page<ApiSubTask>>;
  getSubTask(subTaskId: string): Promise<ApiSubTask>;
  retrySubTask(subTaskId: string, reason?: string): Promise<Retried>;
  listResults(query?: ResultListQuery): Promise<Page<ApiResult>>;
  /** Every result that matches, as text that arrives part by part. Throws if the answer is cut off. */
  streamResults(format: ResultStream, query?: ResultListQuery): AsyncIterable<string>;
  diffTasks(before: string, after: string, query?: DiffQuery): Promise<AnswerOf<'diffTasks'>>;
  /** Every difference, like a stream of results. */
  streamDiff(format: ResultStream, before: string, after: string, query?: DiffQuery): AsyncIterable<string>;
  listNodes(query?: NodeListQuery): Promise<Page<ApiNode>>;
  getNode(nodeId: string): Promise<ApiNode>;
  removeNode(nodeId: string, reason?: string): Promise<ApiNode>;
  listDeadLetters(query?: DeadLetterListQuery): Promise<Page<ApiDeadLetter>>;
  getDeadLetter(id: string): Promise<ApiDeadLetter>;
  commandDeadLetters(
    command: DeadLetterCommand,
    body: BodyOf<'replayDeadLetters'>,
  ): Promise<AnswerOf<'replayDeadLetters'> | AnswerOf<'discardDeadLetters'>>;
  listAlerts(query?: AlertListQuery): Promise<Page<ApiAlert>>;
  getAlert(id: string): Promise<ApiAlert>;
  commandAlert(id: string, command: AlertCommand, reason?: string): Promise<ApiAlert>;
  listAudit(query?: AuditListQuery): Promise<Page<ApiAuditEntry>>;
  listKeys(query?: KeyListQuery): Promise<Page<ApiKey>>;
  /** The answers of these two are the only ones that show the secret. */
  createKey(body: BodyOf<'createKey'>): Promise<NewSecret>;
  rotateKey(keyId: string, body: BodyOf<'rotateKey'>): Promise<NewSecret>;
  revokeKey(keyId: string, reason?: string): Promise<ApiKey>;
  /** The URL of a task's progress WebSocket, and the headers that authorize it. */
  progressSocket(taskId: string): { url: string; headers: Record<string, string> };
}

/** What makes an answer a stream. */
interface StreamInit {
  headers: { accept: string };
  parseAs: 'stream';
  fetch: (request: Request) => Promise<Response>;
}
/** Reads and writes of a task's labels, if somebody changes the task in between. */
const LABEL_TRIES = 5;

type Failure = (values: { url: string; cause: string }) => Text;
const sayNoAnswer: Failure = (values) => say('no answer from {url}: {cause}', values);
const sayCutOff: Failure = (values) => say('the answer was cut off from {url}: {cause}', values);

type QueryOf<Id extends keyof operations> = operations[Id]['parameters']['query'];

export function createApiClient({ url, wsUrl, key, timeoutMs = 30_000, signal }: ApiClientOptions): ApiClient {
  const base = toBase(url, 'http', '/api');
  const wsBase = toBase(wsUrl ?? base.replace(/^http/, 'ws'), 'ws', '/ws');
  const untilAborted = (timeout: AbortSignal) => (signal ? AbortSignal.any([signal, timeout]) : timeout);
  const { GET, POST, PATCH, DELETE } = createClient({
    baseUrl: base,
    apiKey: key || undefined,
    fetch: async (request) => limitBody(await fetch(request, { signal: untilAborted(AbortSignal.timeout(timeoutMs)) })),
  });

  /** The data of an answer, which must have this field: another server may listen there. */
  async function call<Call extends ApiAnswer>(sent: Promise<Call>, field: keyof DataOf<Call>): Promise<DataOf<Call>> {
    const data = await unwrap(sent).catch((error: unknown) => {
      throw toCliError(error);
    });
    if (!hasField(data, field)) throw unexpected();
    return data;
  }

  /** The time limit is that to the head of the answer. */
  async function* stream(open: (init: StreamInit) => Promise<ApiAnswer>, format: ResultStream): AsyncGenerator<string> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException('', 'TimeoutError')), timeoutMs);
    let toFailure: Failure = sayNoAnswer;
    try {
      const answer = open({
        headers: { accept: RESULT_STREAMS[format] },
        parseAs: 'stream',
        fetch: (request) => fetch(request, { signal: untilAborted(late.signal) }),
      });
      const body = (await unwrap(answer)) as AsyncIterable<Uint8Array> | undefined;
      clearTimeout(timer);
      toFailure = sayCutOff;
      const decoder = new TextDecoder();
      for await (const bytes of body ?? []) yield decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw toCliError(error, toFailure);
    } finally {
      clearTimeout(timer);
    }
  }

  function toCliError(error: unknown, toFailure: Failure = sayNoAnswer): CliError {
    if (error instanceof ApiError) return toRefusal(error);
    if (error instanceof CliError) return error;
    if (signal?.aborted) return new CliError('interrupted', say('interrupted'));
    if (error instanceof SyntaxError) return unexpected();
    return new CliError('unreachable', toFailure({ url: base, cause: toCause(error, timeoutMs) }), { cause: error });
  }

  const unexpected = () => new CliError('error', say('{url} answered with an unexpected body', { url: base }));
  const ofTask = (task_id: string) => ({ params: { path: { task_id } } });
  const ofSubTask = (id: string) => ({
    params: { path: { task_id: parseSubTaskId(id)?.taskId ?? id, subtask_id: id } },
  });
  const ofAlert = (alert_id: string) => ({ params: { path: { alert_id } } });
  const toReason = (reason: string | undefined) => (reason === undefined ? {} : { reason });
  const because = (reason: string | undefined) => ({ body: toReason(reason) });

  const changeTask = (task_id: string, body: BodyOf<'changeTask'>, etag?: string): Promise<ApiTask> => {
    const header = etag === undefined ? {} : { 'If-Match': etag };
    return call(PATCH('/api/tasks/{task_id}', { body, params: { path: { task_id }, header } }), 'task_id');
  };

  return {
    async createTask(body, { idempotencyKey } = {}) {
      const header = idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {};
      const sent = POST('/api/tasks', { body, params: { header } });
      return { task: await call(sent, 'task_id'), created: (await sent).response.status === 201 };
    },
    planTask: (body) => call(POST('/api/tasks/dry-run', { body }), 'would_create'),
    getTask: (taskId) => call(GET('/api/tasks/{task_id}', ofTask(taskId)), 'task_id'),
    getTaskStatistics: (taskId) => call(GET('/api/tasks/{task_id}/statistics', ofTask(taskId)), 'task_id'),
    getStatistics: () => call(GET('/api/statistics'), 'tasks'),
    commandTask: (taskId, command, reason) =>
      call(POST(`/api/tasks/{task_id}/${command}`, { ...ofTask(taskId), ...because(reason) }), 'status'),
    retryTask: (taskId, body) => call(POST('/api/tasks/{task_id}/retry', { ...ofTask(taskId), body }), 'retried'),
    changeTask,
    async changeLabels(taskId, { add, remove }, reason) {
      for (let left = LABEL_TRIES; ; left--) {
        const read = GET('/api/tasks/{task_id}', ofTask(taskId));
        const { labels } = await call(read, 'labels');
        const changed = [...new Set([...labels, ...add])].filter((label) => !remove.includes(label));
        const etag = (await read).response.headers.get('etag') ?? undefined;
        try {
          return await changeTask(taskId, { labels: changed, reason }, etag);
        } catch (error) {
          if (!(error instanceof CliError && error.httpStatus === 412 && left > 1)) throw error;
        }
      }
    },
    deleteTask: (task_id, reason) =>
      call(DELETE('/api/tasks/{task_id}', { params: { path: { task_id }, query: toReason(reason) } }), 'task_id'),
    commandTasks: (body) => call(POST('/api/tasks/bulk', { body }), 'matched'),
    endOperation: (operation_id, reason) =>
      call(
        DELETE('/api/operations/{operation_id}', { params: { path: { operation_id }, query: toReason(reason) } }),
        'state',
      ),
    getOperation: (operation_id) =>
      call(GET('/api/operations/{operation_id}', { params: { path: { operation_id } } }), 'state'),
    cleanUpTasks: (body) => call(POST('/api/tasks/clean-up', { body }), 'tasks'),
    listTasks: (query) => call(GET('/api/tasks', { params: { query: query as QueryOf<'listTasks'> } }), 'items'),
    listSubTasks: (task_id, query) =>
      call(
        GET('/api/tasks/{task_id}/subtasks', {
          params: { path: { task_id }, query: query as QueryOf<'listSubTasks'> },
        }),
        'items',
      ),
    getSubTask: (id) => call(GET('/api/tasks/{task_id}/subtasks/{subtask_id}', ofSubTask(id)), 'subtask_id'),
    retrySubTask: (id, reason) =>
      call(
        POST('/api/tasks/{task_id}/subtasks/{subtask_id}/retry', { ...ofSubTask(id), ...because(reason) }),
        'retried',
      ),
    listResults: (query) => call(GET('/api/results', { params: { query: query as QueryOf<'listResults'> } }), 'items'),
    streamResults: (format, query = {}) =>
      stream((init) => GET('/api/results', { ...init, params: { query: query as QueryOf<'listResults'> } }), format),
    diffTasks: (task_id, other_id, query) =>
      call(GET('/api/tasks/{task_id}/diff/{other_id}', { params: { path: { task_id, other_id }, query } }), 'summary'),
    streamDiff: (format, task_id, other_id, query) =>
      stream(
        (init) =>
          GET('/api/tasks/{task_id}/diff/{other_id}', { ...init, params: { path: { task_id, other_id }, query } }),
        format,
      ),
    listNodes: (query) => call(GET('/api/nodes', { params: { query: query as QueryOf<'listNodes'> } }), 'items'),
    getNode: (node_id) => call(GET('/api/nodes/{node_id}', { params: { path: { node_id } } }), 'node_id'),
    removeNode: (node_id, reason) =>
      call(DELETE('/api/nodes/{node_id}', { params: { path: { node_id }, query: toReason(reason) } }), 'node_id'),
    listDeadLetters: (query) =>
      call(GET('/api/dead-letters', { params: { query: query as QueryOf<'listDeadLetters'> } }), 'items'),
    getDeadLetter: (dead_letter_id) =>
      call(GET('/api/dead-letters/{dead_letter_id}', { params: { path: { dead_letter_id } } }), 'dead_letter_id'),
    commandDeadLetters: (command, body) => call(POST(`/api/dead-letters/${command}`, { body }), 'matched'),
    listAlerts: (query) => call(GET('/api/alerts', { params: { query: query as QueryOf<'listAlerts'> } }), 'items'),
    getAlert: (id) => call(GET('/api/alerts/{alert_id}', ofAlert(id)), 'alert_id'),
    commandAlert: (id, command, reason) =>
      call(POST(`/api/alerts/{alert_id}/${command}`, { ...ofAlert(id), ...because(reason) }), 'alert_id'),
    listAudit: (query) => call(GET('/api/audit', { params: { query: query as QueryOf<'listAudit'> } }), 'items'),
    listKeys: (query) => call(GET('/api/keys', { params: { query: query as QueryOf<'listKeys'> } }), 'items'),
    createKey: (body) => call(POST('/api/keys', { body }), 'key_id'),
    rotateKey: (key_id, body) =>
      call(POST('/api/keys/{key_id}/rotate', { params: { path: { key_id } }, body }), 'key_id'),
    revokeKey: (key_id, reason) =>
      call(POST('/api/keys/{key_id}/revoke', { params: { path: { key_id } }, ...because(reason) }), 'key_id'),
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
    throw new CliError('usage', say('"{text}" is not a {protocol}:// or {protocol}s:// address', { text, protocol }));
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${url.host}${path.endsWith(suffix) ? path.slice(0, -suffix.length) : path}`;
}

function toCause(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === 'TimeoutError')
    return say('no answer within {seconds} s', { seconds: timeoutMs / 1000 });
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  return message || code || say('connection failed');
}

function toRefusal({ status, detail, retry_after, problem }: ApiError): CliError {
  const hint =
    status === 401
      ? say(' (give a key with --key or CYBERSTROLL_API_KEY)')
      : retry_after
        ? say(' (try again in {seconds} s)', { seconds: retry_after })
        : undefined;
  return new CliError(toExitName(status), joinTexts(verbatim(detail), hint), { httpStatus: status, problem });
}
