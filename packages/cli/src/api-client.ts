/**
 * The HTTP API as typed calls, and the address of its progress WebSocket. Every failure is a CliError that knows its
 * exit code: a problem+json answer by its status, a missing answer as `unreachable`.
 */
import {
  type Alert,
  type AlertCommand,
  type CleanUpBody,
  type CleanUpOutcome,
  type DeadLetterOutcome,
  type DeadLetterRecord,
  type FleetStatisticsView,
  type Page,
  type Problem,
  parseSubTaskId,
  problemSchema,
  RESULT_STREAMS,
  type ReplayDeadLettersBody,
  type Result,
  type ResultStream,
  type TaskStatistics,
} from '@cyberstroll/contracts';
import { z } from 'zod';
import {
  type ApiNode,
  type ApiSubTask,
  type ApiTask,
  apiNodeSchema,
  apiSubTaskSchema,
  apiTaskSchema,
  type CommandedTask,
  type CreateTaskRequest,
  pageSchema,
  type Retried,
  retriedSchema,
  type TaskCommand,
  type Wire,
} from './api-types';
import { CliError } from './cli-error';
import { toExitName } from './exit-code';

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

export interface SubTaskListQuery extends ListQuery {
  /** Only subtasks with an open port. */
  has_open_ports?: true;
  /** Only the subtask of this address. */
  ip?: string;
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

export interface ResultListQuery extends ListQuery {
  port?: number;
  service?: string;
  target?: string;
  task_id?: string;
  after?: string;
  before?: string;
}

export type ApiResult = Wire<Result>;
export type ApiAlert = Wire<Alert>;
export type DeadLetterCommand = 'replay' | 'discard';
/** A list leaves `content` out. */
export type ApiDeadLetter = Wire<Omit<DeadLetterRecord, 'content'> & Partial<Pick<DeadLetterRecord, 'content'>>>;

interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ApiClient {
  /** `created` is false if the idempotency key created the task before. */
  createTask(
    body: CreateTaskRequest,
    options?: { idempotencyKey?: string },
  ): Promise<{ task: ApiTask; created: boolean }>;
  getTask(taskId: string): Promise<ApiTask>;
  getTaskStatistics(taskId: string): Promise<TaskStatistics>;
  getStatistics(): Promise<Wire<FleetStatisticsView>>;
  commandTask(taskId: string, command: TaskCommand, reason?: string): Promise<CommandedTask>;
  retryTask(taskId: string, reason?: string): Promise<Retried>;
  cleanUpTasks(body: CleanUpBody): Promise<Wire<CleanUpOutcome>>;
  listTasks(query?: ListQuery): Promise<Page<ApiTask>>;
  listSubTasks(taskId: string, query?: SubTaskListQuery): Promise<Page<ApiSubTask>>;
  getSubTask(subTaskId: string): Promise<ApiSubTask>;
  retrySubTask(subTaskId: string, reason?: string): Promise<Retried>;
  listResults(query?: ResultListQuery): Promise<Page<ApiResult>>;
  /** Every result that matches, as text that arrives part by part. Throws if the answer is cut off. */
  streamResults(format: ResultStream, query?: ResultListQuery): AsyncIterable<string>;
  listNodes(query?: NodeListQuery): Promise<Page<ApiNode>>;
  getNode(nodeId: string): Promise<ApiNode>;
  listDeadLetters(query?: DeadLetterListQuery): Promise<Page<ApiDeadLetter>>;
  getDeadLetter(id: string): Promise<ApiDeadLetter>;
  commandDeadLetters(
    command: DeadLetterCommand,
    body: ReplayDeadLettersBody,
  ): Promise<DeadLetterOutcome & { replayed?: number; discarded?: number }>;
  listAlerts(query?: AlertListQuery): Promise<Page<ApiAlert>>;
  getAlert(id: string): Promise<ApiAlert>;
  commandAlert(id: string, command: AlertCommand, reason?: string): Promise<ApiAlert>;
  /** The URL of a task's progress WebSocket, and the headers that authorize it. */
  progressSocket(taskId: string): { url: string; headers: Record<string, string> };
}

const apiDeadLetterSchema = z.looseObject({ dead_letter_id: z.string(), reason: z.string() });
const apiAlertSchema = z.looseObject({ alert_id: z.string(), state: z.string(), history: z.array(z.looseObject({})) });
const cleanUpOutcomeSchema = z.looseObject({ tasks: z.array(z.looseObject({})), more: z.boolean() });
const deadLetterOutcomeSchema = z.looseObject({ matched: z.number(), skipped: z.array(z.looseObject({})) });

export function createApiClient({ url, wsUrl, key, timeoutMs = 30_000, signal }: ApiClientOptions): ApiClient {
  const base = toBase(url, 'http', '/api');
  const wsBase = toBase(wsUrl ?? base.replace(/^http/, 'ws'), 'ws', '/ws');
  const authorization: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};

  const call = async <T>(method: string, path: string, schema: z.ZodType, sent?: Sent): Promise<T> =>
    (await exchange<T>(method, path, schema, sent)).data;

  async function exchange<T>(
    method: string,
    path: string,
    schema: z.ZodType,
    { body, headers }: Sent = {},
  ): Promise<{ status: number; data: T }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(base + path, {
        method,
        headers: {
          accept: 'application/json',
          ...authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual', // the key goes to no other host
        signal: untilAborted(AbortSignal.timeout(timeoutMs)),
      });
      text = await response.text();
    } catch (error) {
      throw toConnectionError(error, 'no answer');
    }
    const json = parseJson(text);
    if (!response.ok) throw toCliError(response, json);
    const parsed = schema.safeParse(json);
    if (!parsed.success) {
      throw new CliError('error', `${method} ${base}${path} answered ${response.status} with an unexpected body`);
    }
    return { status: response.status, data: parsed.data as T };
  }

  const untilAborted = (timeout: AbortSignal) => (signal ? AbortSignal.any([signal, timeout]) : timeout);

  function toConnectionError(error: unknown, what: string): CliError {
    if (signal?.aborted) return new CliError('interrupted', 'interrupted');
    return new CliError('unreachable', `${what} from ${base}: ${toCause(error, timeoutMs)}`, { cause: error });
  }

  /** The time limit is that to the head of the answer. */
  async function* stream(path: string, accept: string): AsyncGenerator<string> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new DOMException('', 'TimeoutError')), timeoutMs);
    let isBegun = false;
    try {
      const headers = { accept, ...authorization };
      const response = await fetch(base + path, { headers, redirect: 'manual', signal: untilAborted(late.signal) });
      clearTimeout(timer);
      if (!response.ok) throw toCliError(response, parseJson(await response.text()));
      isBegun = true;
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? []) yield decoder.decode(bytes as Uint8Array, { stream: true });
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw toConnectionError(error, isBegun ? 'the answer was cut off' : 'no answer');
    } finally {
      clearTimeout(timer);
    }
  }

  const alert = (id: string) => `/api/alerts/${encodeURIComponent(id)}`;
  const task = (taskId: string) => `/api/tasks/${encodeURIComponent(taskId)}`;
  const subTask = (id: string) => `${task(parseSubTaskId(id)?.taskId ?? id)}/subtasks/${encodeURIComponent(id)}`;
  const because = (reason: string | undefined) => ({ body: reason === undefined ? {} : { reason } });

  return {
    async createTask(body, { idempotencyKey } = {}) {
      const headers: Record<string, string> = idempotencyKey ? { 'idempotency-key': idempotencyKey } : {};
      const { status, data } = await exchange<ApiTask>('POST', '/api/tasks', apiTaskSchema, { body, headers });
      return { task: data, created: status === 201 };
    },
    getTask: (taskId) => call('GET', task(taskId), apiTaskSchema),
    getTaskStatistics: (taskId) => call('GET', `${task(taskId)}/statistics`, z.looseObject({})),
    getStatistics: () => call('GET', '/api/statistics', z.looseObject({})),
    commandTask: (taskId, command, reason) =>
      call('POST', `${task(taskId)}/${command}`, apiTaskSchema, because(reason)),
    retryTask: (taskId, reason) => call('POST', `${task(taskId)}/retry`, retriedSchema, because(reason)),
    cleanUpTasks: (body) => call('POST', '/api/tasks/clean-up', cleanUpOutcomeSchema, { body }),
    listTasks: (query) => call('GET', `/api/tasks${toQuery(query)}`, pageSchema),
    listSubTasks: (taskId, query) => call('GET', `${task(taskId)}/subtasks${toQuery(query)}`, pageSchema),
    getSubTask: (id) => call('GET', subTask(id), apiSubTaskSchema),
    retrySubTask: (id, reason) => call('POST', `${subTask(id)}/retry`, retriedSchema, because(reason)),
    listResults: (query) => call('GET', `/api/results${toQuery(query)}`, pageSchema),
    streamResults: (format, query) => stream(`/api/results${toQuery(query)}`, RESULT_STREAMS[format]),
    listNodes: (query) => call('GET', `/api/nodes${toQuery(query)}`, pageSchema),
    getNode: (id) => call('GET', `/api/nodes/${encodeURIComponent(id)}`, apiNodeSchema),
    listDeadLetters: (query) => call('GET', `/api/dead-letters${toQuery(query)}`, pageSchema),
    getDeadLetter: (id) => call('GET', `/api/dead-letters/${encodeURIComponent(id)}`, apiDeadLetterSchema),
    commandDeadLetters: (command, body) =>
      call('POST', `/api/dead-letters/${command}`, deadLetterOutcomeSchema, { body }),
    listAlerts: (query) => call('GET', `/api/alerts${toQuery(query)}`, pageSchema),
    getAlert: (id) => call('GET', alert(id), apiAlertSchema),
    commandAlert: (id, command, reason) => call('POST', `${alert(id)}/${command}`, apiAlertSchema, because(reason)),
    progressSocket: (taskId) => ({
      url: `${wsBase}/ws/tasks/${encodeURIComponent(taskId)}/progress`,
      headers: authorization,
    }),
  };
}

/** The part of an address before `/api` or `/ws`. */
function toBase(text: string, protocol: 'http' | 'ws', suffix: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== `${protocol}:` && url?.protocol !== `${protocol}s:`) {
    throw new CliError('usage', `"${text}" is not a ${protocol}:// or ${protocol}s:// address`);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${url.host}${path.endsWith(suffix) ? path.slice(0, -suffix.length) : path}`;
}

function toQuery(
  query: SubTaskListQuery & DeadLetterListQuery & AlertListQuery & NodeListQuery & ResultListQuery = {},
): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toCause(error: unknown, timeoutMs: number): string {
  if ((error as Error).name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  return message || code || 'connection failed';
}

function toCliError(response: Response, json: unknown): CliError {
  const parsed = problemSchema.safeParse(json);
  const problem: Problem | undefined = parsed.success ? parsed.data : undefined;
  const retryAfter = response.headers.get('retry-after');
  const detail = problem?.detail || problem?.title || `the API answered ${response.status}`;
  const hint =
    response.status === 401
      ? ' (give a key with --key or CYBERSTROLL_API_KEY)'
      : retryAfter
        ? ` (try again in ${retryAfter} s)`
        : '';
  return new CliError(toExitName(response.status), detail + hint, { httpStatus: response.status, problem });
}
