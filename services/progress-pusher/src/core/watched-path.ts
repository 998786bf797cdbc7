import { namedTasksSchema, type Refusal, taskIdSchema, toRefusal } from '@cyberstroll/contracts';

/** What a client watches: one task by its id, or all tasks. */
export type Watched = string | typeof ALL_TASKS;
export const ALL_TASKS = Symbol('all tasks');

interface WatchedPath {
  /** Undefined if what is in the place of the id cannot be one. */
  watched: Watched | undefined;
  /** The changes of its grid, instead of its progress. */
  isGrid: boolean;
  query: URLSearchParams;
}

const WATCHED_PATH = /^\/ws\/tasks(?:\/([^/]+)\/(?:progress|(grid))|\/progress)$/;

/**
 * Matches the path exactly as the client wrote it. Paths that only mean the same (`//host/ws/…`, `/x/../ws/…`) do not
 * match, so that nobody bypasses the rules of a proxy in front.
 */
export function findWatchedPath(url: string): WatchedPath | undefined {
  const [path = '', query] = url.split(/\?(.*)/s);
  const found = WATCHED_PATH.exec(path);
  if (!found) return undefined;
  const [, taskId, grid] = found;
  return {
    watched: taskId === undefined ? ALL_TASKS : taskIdSchema.safeParse(taskId).data,
    isGrid: grid !== undefined,
    query: new URLSearchParams(query),
  };
}

/** The tasks that a client names in a message; undefined if it does not. */
export function readNamed(message: string): string[] | undefined {
  try {
    return namedTasksSchema.parse(JSON.parse(message)).task_ids;
  } catch {
    return undefined;
  }
}

/** The answer to a request that asks for no upgrade. */
export function toPlainRequestRefusal({ method, url }: { method: string; url: string }): Refusal {
  if (!findWatchedPath(url)) return ROUTE_NOT_FOUND;
  if (method !== 'GET' && method !== 'HEAD') return METHOD_NOT_ALLOWED;
  return toUpgradeRequired('connect with a WebSocket client (ws:// or wss://)');
}

/** The answer to an upgrade request with a bad handshake (RFC 6455, 4.2). `fault` is the error message of ws. */
export function toHandshakeRefusal(fault: string): Refusal {
  if (/method/i.test(fault)) return METHOD_NOT_ALLOWED;
  if (/Upgrade|Version/.test(fault)) return toUpgradeRequired(fault);
  return toRefusal('bad_handshake', { detail: fault });
}

export const ROUTE_NOT_FOUND = toRefusal('route_not_found', {
  detail:
    'progress is at /ws/tasks/{task_id}/progress, of all tasks at /ws/tasks/progress; the grid at ' +
    '/ws/tasks/{task_id}/grid',
});

const METHOD_NOT_ALLOWED = toRefusal('method_not_allowed', {
  detail: 'a WebSocket handshake is a GET',
  headers: { allow: 'GET' },
});

const toUpgradeRequired = (detail: string): Refusal =>
  toRefusal('upgrade_required', { detail, headers: { upgrade: 'websocket', 'sec-websocket-version': '13' } });

export const TASK_NOT_FOUND = toRefusal('task_not_found');
