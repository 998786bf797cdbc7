import { type Refusal, taskIdSchema, toRefusal } from '@cyberstroll/contracts';

export interface UpgradeFacts<Caller> {
  /** Path and query. */
  url: string;
  origin: string | undefined;
  /** Whether `origin` is this host's own. */
  isOwnPage: boolean;
  /** Other origins, for keys and tickets. */
  allowedOrigins: readonly string[];
  /** The API key from a header. A ticket counts only without one. */
  headerKey: string | undefined;
  /** The secret of the session cookie. It counts only without a key and a ticket. */
  session: string | undefined;
  /** Undefined if the key is not valid. */
  findCaller: (secret: string) => Caller | undefined;
}

/** What a client watches: one task by its id, or all tasks. */
export type Watched = string | typeof ALL_TASKS;
export const ALL_TASKS = Symbol('all tasks');

/**
 * What a client may watch with an API key, or wants to watch with a ticket or a session. The ticket or session itself
 * is checked later.
 */
export type WatchGrant<Caller> =
  | { watched: Watched; caller: Caller }
  | { watched: Watched; ticket: string }
  | { watched: Watched | undefined; session: string };

/**
 * Decides whether a client may watch a task, or all tasks. Without a valid key, session or ticket the answer does not
 * say whether the task exists. A browser adds the cookie to the upgrade of any page, so only a page of this host may
 * watch by it.
 */
export function authorizeUpgrade<Caller>(facts: UpgradeFacts<Caller>): WatchGrant<Caller> | Refusal {
  const path = findWatchedPath(facts.url);
  if (!path) return ROUTE_NOT_FOUND;
  if (facts.origin !== undefined && !facts.isOwnPage && !facts.allowedOrigins.includes(facts.origin)) {
    return toRefusal('origin_not_allowed');
  }
  const ticket = path.query.get('ticket');
  const watched = path.taskId === undefined ? ALL_TASKS : taskIdSchema.safeParse(path.taskId).data;
  if (facts.headerKey === undefined && ticket) return watched === undefined ? BAD_TICKET : { watched, ticket };
  if (facts.headerKey === undefined && facts.session !== undefined) {
    return facts.isOwnPage ? { watched, session: facts.session } : toRefusal('cross_site_request');
  }
  if (!facts.headerKey) {
    return toUnauthorised(
      'send Authorization: Bearer <key>, or ?ticket= from POST /api/tasks/{task_id}/ticket or POST /api/tickets',
    );
  }
  const caller = facts.findCaller(facts.headerKey);
  if (!caller) return toUnauthorised('the API key is unknown, revoked or expired');
  return watched === undefined ? TASK_NOT_FOUND : { watched, caller };
}

const WATCHED_PATH = /^\/ws\/tasks(?:\/([^/]+)\/(?:progress|grid)|\/progress)$/;

/** Whether a path that may be watched is that of a grid. */
export const isGridPath = (url: string): boolean => /^[^?]*\/grid(\?|$)/.test(url);

/**
 * Matches the path exactly as the client wrote it. Paths that only mean the same (`//host/ws/…`, `/x/../ws/…`) do not
 * match, so that nobody bypasses the rules of a proxy in front.
 */
function findWatchedPath(url: string): { taskId: string | undefined; query: URLSearchParams } | undefined {
  const [path = '', query] = url.split(/\?(.*)/s);
  const found = WATCHED_PATH.exec(path);
  return found ? { taskId: found[1], query: new URLSearchParams(query) } : undefined;
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

const ROUTE_NOT_FOUND = toRefusal('route_not_found', {
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

const toUnauthorised = (detail: string): Refusal => toRefusal('unauthorised', { detail });

export const TASK_NOT_FOUND = toRefusal('task_not_found');
export const BAD_SESSION = toUnauthorised('the session has ended; log in again');
export const BAD_TICKET = toUnauthorised(
  'the ticket was used before, has expired, is for something else, or its key has ended',
);
