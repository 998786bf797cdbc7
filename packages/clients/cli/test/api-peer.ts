/**
 * The other end of the CLI: a small HTTP and WebSocket server that speaks the contract and validates requests with its
 * schemas. Tests set its tasks by hand and make it refuse, break off or fall silent.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TaskStatistics, TaskStatusView } from '@cyberstroll/client';
import {
  changeTaskBodySchema,
  commandBodySchema,
  createTaskBodySchema,
  listSubTasksQuerySchema,
  listTasksQuerySchema,
  NO_TOUCHED,
  type Problem,
  type ProgressSnapshot,
  toProgressUpdate,
} from '@cyberstroll/contracts';
import { toProgress } from '@cyberstroll/task-state';
import { checkAnswer } from '@cyberstroll/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { ApiNode, ApiSubTask, ApiTask } from '../src';

export const KEY = 'peer-key';
export const TASK_ID = '0123456789abcdef01234567';

interface Answer {
  status: number;
  body: unknown;
  location?: string;
  etag?: string;
}

/** `undefined` passes the request on to the peer's own answer. */
type Overridden = Answer | 'hang up' | undefined;
export type Override = (request: { method: string; path: string }) => Overridden | Promise<Overridden>;

export interface Received {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  headers: IncomingMessage['headers'];
  body: unknown;
}

export function toTask(taskId: string, changes: Partial<ApiTask> = {}): ApiTask {
  const status = changes.status ?? 'RUNNING';
  return {
    task_id: taskId,
    task_initiator: 'tester',
    task_target: '127.0.0.0/28',
    task_type: 'port_scan',
    task_category: 'default',
    labels: [],
    status,
    status_history: [
      { status: 'CREATED', timestamp: '2026-01-31T12:00:00.000Z', reason: 'created', operator: 'tester' },
    ],
    progress: toProgress(16, NO_TOUCHED, false),
    created_time: '2026-01-31T12:00:00.000Z',
    config: {
      max_retries: 3,
      retry_delay: 5,
      max_retry_delay: 300,
      timeout: 86_400,
      subtask_timeout: 300,
      priority: 5,
      pool: 'default',
      order: 'permuted',
      retryable: {},
    },
    error_info: { error_count: 0, error_threshold: 0 },
    scan: { ports: '22,80', method: 'connect' },
    paused_seconds: 0,
    ...changes,
  };
}

export async function createApiPeer() {
  const peer = {
    tasks: new Map<string, ApiTask>(),
    subtasks: [] as ApiSubTask[],
    nodes: [] as ApiNode[],
    nodeCounts: {} as object,
    received: [] as Received[],
    /** Answers of this peer that the API would not give. `close` throws them. */
    faults: [] as unknown[],
    override: (() => undefined) as Override,
    /** Whether upgrades to a WebSocket are taken. */
    takesSockets: true,
    /** The Idempotency-Key that made the task. */
    createdBy: undefined as unknown,
    socketsOpened: 0,
    seq: 0,
    url: '',
    port: 0,
    /** Changes a task, and publishes that to its subscribers unless `silently`. */
    move(status: ApiTask['status'], completed: number, { silently = false, failed = 0 } = {}) {
      const ended = ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'].includes(status);
      const before = peer.tasks.get(TASK_ID) ?? toTask(TASK_ID);
      const progress = toProgress(16, { ...NO_TOUCHED, completed_count: completed, failed_count: failed }, ended);
      peer.tasks.set(TASK_ID, { ...before, status, progress, actual_duration: ended ? 4.2 : undefined });
      peer.seq++;
      if (!silently) for (const socket of sockets.clients) push(socket);
    },
    hasSocket: () => sockets.clients.size > 0,
    dropSockets: () => sockets.clients.forEach((socket) => void socket.terminate()),
    sendRaw: (frame: string) => sockets.clients.forEach((socket) => void socket.send(frame)),
    push: () => sockets.clients.forEach(push),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (peer.faults.length > 0) throw peer.faults[0];
    },
  };

  const sockets = new WebSocketServer({ noServer: true });
  const server: Server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {}); // clients leave as they like
    const known = request.url === `/ws/tasks/${TASK_ID}/progress` && isAuthorised(request);
    if (!peer.takesSockets || !known) return socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => {});
      peer.socketsOpened++;
      push(opened);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  peer.port = (server.address() as AddressInfo).port;
  peer.url = `http://127.0.0.1:${peer.port}`;

  function push(socket: WebSocket): void {
    const task = peer.tasks.get(TASK_ID)!;
    const snapshot: ProgressSnapshot = {
      task_id: TASK_ID,
      status: task.status,
      seq: peer.seq,
      timestamp: new Date().toISOString(),
      progress: task.progress,
      estimated_remaining: 20,
    };
    socket.send(JSON.stringify(toProgressUpdate(snapshot)));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, peer.url);
    const text = await readBody(request);
    const received = {
      method: request.method!,
      path: url.pathname,
      query: toQuery(url.searchParams),
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    peer.received.push(received);
    const override = await peer.override(received);
    if (override === 'hang up') return void request.socket.destroy();
    const { status, body, location, etag }: Answer =
      override ?? (isAuthorised(request) ? route(received) : problem(401, 'unauthorised', 'no valid API key'));
    const headers: Record<string, string> = {
      'content-type': status < 400 ? 'application/json' : 'application/problem+json',
      ...(location ? { location } : {}),
      ...(etag ? { etag } : {}),
    };
    if (!override) check(received, { status, headers, body });
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  function check(
    { method, path }: Received,
    { status, headers, body }: Answer & { headers: Record<string, string> },
  ): void {
    try {
      checkAnswer({ method, path, status, headers: new Headers(headers), body: JSON.parse(JSON.stringify(body)) });
    } catch (fault) {
      peer.faults.push(fault);
    }
  }

  function route({ method, path, query, headers, body }: Received): Answer {
    const [, taskId, rest] = /^\/api\/tasks\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (path === '/api/statistics/nodes') return { status: 200, body: peer.nodeCounts };
    if (path === '/api/nodes') return { status: 200, body: { items: peer.nodes } };
    const node = peer.nodes.find(({ node_id }) => path === `/api/nodes/${node_id}`);
    if (node) return { status: 200, body: node };
    if (path === '/api/tasks' && method === 'POST') return create(body, headers['idempotency-key']);
    if (path === '/api/tasks') return page([...peer.tasks.values()], peerTasksQuerySchema.safeParse(query));
    if (path === '/api/search') return { status: 200, body: { tasks: searchTasks(query['q']), nodes: [] } };
    const task = peer.tasks.get(taskId ?? '');
    if (!task) return problem(404, 'task_not_found', `there is no task ${taskId}`);
    if (method === 'POST') return command(task, rest!, body);
    if (method === 'PATCH') return change(task, body, headers['if-match']);
    if (method === 'DELETE') return { status: 202, body: { task_id: task.task_id, status: task.status } };
    if (rest === 'subtasks') return page(peer.subtasks, peerSubTasksQuerySchema.safeParse(query));
    if (rest === 'statistics') return { status: 200, body: toStatistics(task) };
    return { status: 200, body: rest === 'status' ? toStatus(task) : task, etag: `"${peer.seq}"` };
  }

  const searchTasks = (text: unknown) =>
    [...peer.tasks.values()]
      .filter(({ name }) => name?.startsWith(String(text)))
      .map(({ task_id, name, labels, status, task_target, created_time }) => {
        return { task_id, found_by: 'name', name, labels, status, task_target, created_time };
      });

  function create(body: unknown, key: unknown): Answer {
    const parsed = createTaskBodySchema.safeParse(body);
    if (!parsed.success) return refuse(parsed.error);
    if (parsed.data.task_target.includes('/33')) {
      return problem(422, 'invalid_targets', '"10.0.0.0/33" has a prefix over 32', { field: 'task_target' });
    }
    const { exclude_target, error_threshold, name, ...given } = parsed.data;
    const known = peer.tasks.get(TASK_ID);
    if (known && key !== undefined && key === peer.createdBy) return { status: 200, body: known };
    const optional = { ...(exclude_target && { exclude_target }), ...(name && { name }) };
    const task = toTask(TASK_ID, { ...given, status: 'CREATED', ...optional });
    peer.tasks.set(TASK_ID, task);
    peer.createdBy = key;
    return { status: 201, body: task };
  }

  function change(task: ApiTask, body: unknown, tag: unknown): Answer {
    const parsed = changeTaskBodySchema.safeParse(body);
    if (!parsed.success) return refuse(parsed.error);
    if (tag !== undefined && tag !== `"${peer.seq}"`) return problem(412, 'version_changed', 'somebody was faster');
    const { name, labels = task.labels, priority = task.config.priority } = parsed.data;
    const after = { ...task, labels, config: { ...task.config, priority } };
    if (name === null) delete after.name;
    else if (name !== undefined) after.name = name;
    peer.tasks.set(task.task_id, after);
    peer.seq++;
    return { status: 200, body: after, etag: `"${peer.seq}"` };
  }

  function command(task: ApiTask, name: string, body: unknown): Answer {
    const parsed = commandBodySchema.safeParse(body);
    if (!parsed.success) return refuse(parsed.error);
    if (task.status === 'COMPLETED') {
      return problem(409, 'illegal_transition', `a COMPLETED task takes no ${name}`, { allowed: [] });
    }
    const statuses: Record<string, ApiTask['status']> = { pause: 'PAUSED', cancel: 'CANCELLED' };
    const status = statuses[name] ?? 'RUNNING';
    const after: ApiTask = { ...task, status };
    peer.tasks.set(task.task_id, after);
    return { status: 200, body: { ...toStatus(after), changed: status !== task.status } };
  }

  return peer;
}

function toStatistics({ task_id, status, progress }: ApiTask): TaskStatistics {
  return {
    task_id,
    status,
    progress,
    completion_rate: 0,
    failure_rate: 0,
    average_execution_time: null,
    node_utilisation: null,
    active_tasks: 0,
    max_capacity: 0,
    claims_held: 0,
    retries_total: 0,
    node_losses_total: 0,
    updates_applied_total: 0,
    average_update_lag: null,
    open_ports_total: 0,
    subtasks_reassigned_total: NOTHING_REASSIGNED,
    subtasks_per_second: 0,
    error_codes: {},
    dead_letters_waiting: 0,
    dead_letters_by_reason: {},
  };
}

const NOTHING_REASSIGNED: TaskStatistics['subtasks_reassigned_total'] = {
  silent: 0,
  left: 0,
  offline: 0,
  restarted: 0,
  unheard: 0,
  zombie: 0,
  overdue: 0,
};

function toStatus({ task_id, status, progress }: ApiTask): TaskStatusView {
  const { progress_percentage: percentage, completed_count: completed, total_targets: total } = progress;
  return { task_id, status, progress: { percentage, completed, total, estimated_remaining: null }, timeline: [] };
}

export type ApiPeer = Awaited<ReturnType<typeof createApiPeer>>;

export function problem(status: number, code: Problem['code'], detail: string, more: Partial<Problem> = {}) {
  const body: Problem = { type: `urn:cyberstroll:${code}`, title: code, status, code, detail, ...more };
  return { status, body };
}

function refuse(error: z.ZodError) {
  const errors = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return problem(422, 'invalid_body', detail, { field: errors[0]?.field, errors });
}

interface Listed {
  status: string;
  labels?: string[];
  ip?: string | undefined;
  scan_result?: ApiSubTask['scan_result'];
}

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
  status?: string | string[] | undefined;
  label?: string[] | undefined;
  has_open_ports?: true | undefined;
  ip?: string | undefined;
}

/** This peer's cursors are numbers, of every list. */
const ANY_CURSOR = { cursor: z.string().optional() };
const peerTasksQuerySchema = listTasksQuerySchema.extend(ANY_CURSOR);
const peerSubTasksQuerySchema = listSubTasksQuerySchema.extend(ANY_CURSOR);

function page<Item extends Listed>(all: Item[], query: z.ZodSafeParseResult<PageQuery>) {
  if (!query.success) return refuse(query.error);
  const { limit, cursor = '0', status, label, has_open_ports, ip } = query.data;
  const matching = all.filter(
    (item) =>
      (!status || [status].flat().includes(item.status)) &&
      (!label || label.every((each) => item.labels?.includes(each))) &&
      (!has_open_ports || item.scan_result?.open_ports.length) &&
      (!ip || item.ip === ip),
  );
  const end = Number(cursor) + limit;
  const next_cursor = end < matching.length ? String(end) : undefined;
  return { status: 200, body: { items: matching.slice(Number(cursor), end), next_cursor } };
}

/** A parameter that is repeated becomes a list. */
const toQuery = (parameters: URLSearchParams) =>
  Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const [first = '', ...more] = parameters.getAll(name);
      return [name, more.length > 0 ? [first, ...more] : first];
    }),
  );

const isAuthorised = (request: IncomingMessage): boolean => request.headers.authorization === `Bearer ${KEY}`;

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
