import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, toRefusal, WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { AllTasksChannel, ConnectionCaps, ProgressHub, SnapshotSource } from '@cyberstroll/progress';
import type { FoundTicket } from '@cyberstroll/realtime';
import {
  createRateLimit,
  findApiKey,
  findClientAddress,
  findSessionSecret,
  isOfOwnPage,
  type Logger,
  logFailure,
  type ProxyTrust,
  refuseSocket,
} from '@cyberstroll/runtime';
import {
  type KeyCaller,
  type KeyRing,
  type NoteRefusedLogin,
  type SessionRing,
  type Store,
  toCallerId,
} from '@cyberstroll/store';
import type { WebSocket } from 'ws';
import {
  ALL_TASKS,
  authorizeUpgrade,
  BAD_SESSION,
  BAD_TICKET,
  isGridPath,
  TASK_NOT_FOUND,
  toHandshakeRefusal,
  type Watched,
  type WatchGrant,
} from '../core/authorize-upgrade';
import type { PushMetrics } from '../metrics/push-metrics';
import type { GridFeed } from './grid-feed';
import { createGridSubscriber } from './grid-subscriber';
import { asksForSigns, type SignsOfLife } from './signs-of-life';
import { closeSocket, type Sockets } from './sockets';
import { createSubscriber } from './subscriber';
import { withinNetworks } from './within-networks';

export interface UpgradeDeps {
  keys: Pick<KeyRing, 'findCaller' | 'findSigner'>;
  sessions: Pick<SessionRing, 'findCaller' | 'findOpen' | 'watch'>;
  noteRefusedLogin: NoteRefusedLogin;
  /** Undefined if the ticket is unknown, expired or already used. */
  takeTicket: (ticket: string) => Promise<FoundTicket | undefined>;
  isTrustedProxy: ProxyTrust;
  allowedOrigins: readonly string[];
  caps: ConnectionCaps;
  source: SnapshotSource;
  /** Those of these tasks whose targets lie wholly in the ranges. */
  findInside: Store['tasks']['findInside'];
  sockets: Sockets;
  signs: Pick<SignsOfLife, 'add'>;
  hub: ProgressHub;
  allTasks: AllTasksChannel;
  gridFeed: Pick<GridFeed, 'join'>;
  metrics: PushMetrics;
  now: () => number;
  logger: Logger;
}

type Redeemed = { watched: Watched; caller: KeyCaller } | Refusal;

const { keyEnded } = WEBSOCKET_CLOSES;
const MAX_REFUSED_PER_MINUTE = 300;
const DRAINING = toRefusal('draining');
const NO_TICKETS = toRefusal('unavailable', {
  detail: 'tickets cannot be read now (Redis is unavailable); try again, or use an API key',
});
const NO_SESSIONS = toRefusal('unavailable', {
  detail: 'sessions cannot be read now (MongoDB is unavailable); try again',
});
const NO_KEYS = toRefusal('unavailable', { detail: 'the API keys are not read yet; try again' });
const NO_STORE = toRefusal('unavailable', { detail: 'tasks cannot be read now (MongoDB is unavailable); try again' });
const GUESSING = toRefusal('rate_limited', {
  detail: `too many requests without a valid API key; the limit is ${MAX_REFUSED_PER_MINUTE} per minute and address`,
});

/** Turns a request into a subscriber, or answers it with an HTTP error before the WebSocket opens. */
export function createUpgradeHandler(deps: UpgradeDeps) {
  const refusals = createRateLimit({ limit: MAX_REFUSED_PER_MINUTE, windowMs: 60_000 });
  // Without this listener ws answers in HTML.
  deps.sockets.server.on('wsClientError', ({ message }, socket) => refuseUpgrade(socket, toHandshakeRefusal(message)));

  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    const address = findClientAddress(request, deps.isTrustedProxy);
    const verdict = await redeem(authorize(request));
    if ('status' in verdict) {
      if (verdict.status === 401) deps.noteRefusedLogin({ address, requestId: randomUUID() });
      const isGuess = verdict.status === 401 && refusals.take(address, performance.now()) !== undefined;
      return refuseUpgrade(socket, isGuess ? GUESSING : verdict);
    }
    const { watched, caller } = verdict;
    const who = { address, key: toCallerId(caller) };

    // The client disconnected while its ticket was read: the `close` event has already fired.
    if (socket.destroyed) return;
    const full = deps.sockets.isDraining() ? DRAINING : deps.caps.enter(who);
    if (full) return refuseUpgrade(socket, full);
    socket.once('close', () => deps.caps.leave(who));

    const join = await prepare(watched, caller, isGridPath(request.url ?? ''));
    if (typeof join !== 'function') return refuseUpgrade(socket, join);
    if (deps.sockets.isDraining()) return refuseUpgrade(socket, DRAINING);
    deps.sockets.server.handleUpgrade(request, socket, head, (client) => {
      deps.metrics.countUpgrade(101);
      deps.sockets.server.emit('connection', client, request);
      if (asksForSigns(request.url ?? '')) deps.signs.add(client);
      client.once('close', join(client));
      client.once(
        'close',
        deps.sessions.watch(caller, () => closeSocket(client, keyEnded)),
      );
    });
  };

  function authorize(request: IncomingMessage): WatchGrant<KeyCaller> | Refusal {
    const { url = '', headers } = request;
    try {
      return authorizeUpgrade({
        ...{ url, origin: headers.origin, isOwnPage: isOfOwnPage(request, deps.isTrustedProxy) },
        ...{ allowedOrigins: deps.allowedOrigins, headerKey: findApiKey(headers), session: findSessionSecret(headers) },
        findCaller: deps.keys.findCaller,
      });
    } catch {
      return NO_KEYS;
    }
  }

  /** Who issued a ticket, if the key is still valid, and the session if there was one. */
  async function findIssuer({ ticket, signed, signature }: FoundTicket): Promise<KeyCaller | undefined> {
    const { key: name, key_ref: key, session: id } = ticket;
    const caller = deps.keys.findSigner({ name, ...(key && { key }) }, signed, signature);
    if (!caller || id === undefined) return caller;
    const session = await deps.sessions.findOpen(id);
    return session && { ...caller, session };
  }

  async function redeem(verdict: WatchGrant<KeyCaller> | Refusal): Promise<Redeemed> {
    if ('ticket' in verdict) return redeemTicket(verdict);
    return 'session' in verdict ? redeemSession(verdict) : verdict;
  }

  /** A ticket names the key that issued it. A ticket for something else is used up by the attempt. */
  async function redeemTicket({ watched, ticket: text }: { watched: Watched; ticket: string }): Promise<Redeemed> {
    try {
      const found = await deps.takeTicket(text);
      const isForIt = found && (found.ticket.task_id ?? ALL_TASKS) === watched;
      const caller = isForIt ? await findIssuer(found) : undefined;
      return caller ? { watched, caller } : BAD_TICKET;
    } catch {
      return NO_TICKETS;
    }
  }

  async function redeemSession({
    watched,
    session,
  }: Extract<WatchGrant<KeyCaller>, { session: string }>): Promise<Redeemed> {
    try {
      const caller = await deps.sessions.findCaller(session);
      if (!caller) return BAD_SESSION;
      return watched === undefined ? TASK_NOT_FOUND : { watched, caller };
    } catch {
      return NO_SESSIONS;
    }
  }

  function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
    deps.metrics.countUpgrade(refusal.status);
    refuseSocket(socket, refusal);
  }

  /**
   * Reads what the client gets first. The function adds a client, and returns how it leaves. A task outside the
   * networks of the API key is answered like one that does not exist.
   */
  async function prepare(
    watched: Watched,
    { scope }: KeyCaller,
    isGrid: boolean,
  ): Promise<((client: WebSocket) => () => void) | Refusal> {
    const subscribe = (client: WebSocket) => createSubscriber(client, deps.now, deps.metrics);
    const findInside = scope && ((taskIds: string[]) => deps.findInside(taskIds, scope.ranges));
    try {
      if (watched === ALL_TASKS) {
        await deps.allTasks.ready();
        return (client) => {
          const subscriber = subscribe(client);
          return deps.allTasks.join(findInside ? withinNetworks(subscriber, findInside) : subscriber);
        };
      }
      if (findInside && (await findInside([watched])).length === 0) return TASK_NOT_FOUND;
      const snapshot = await deps.source.find(watched);
      if (!snapshot) return TASK_NOT_FOUND;
      if (isGrid) {
        return (client) => deps.gridFeed.join(watched, createGridSubscriber(client, deps.now, deps.metrics));
      }
      return (client) => deps.hub.join(watched, snapshot, subscribe(client));
    } catch (err) {
      logFailure(deps.logger, { err, ...(watched !== ALL_TASKS && { task_id: watched }) }, 'task read failed');
      return NO_STORE;
    }
  }
}
