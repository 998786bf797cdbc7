import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  authorizeUpgrade,
  type Caller,
  findClientAddress,
  type KeyRing,
  NOT_VALID,
  type ProxyTrust,
  type Refusals,
  type SessionRing,
  TOO_MANY_REFUSED,
  toCallerId,
} from '@cyberstroll/access';
import { type Refusal, toRefusal, WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { AllTasksChannel, ConnectionCaps, ProgressHub, SnapshotSource } from '@cyberstroll/progress';
import { type Logger, logFailure, refuseSocket } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { WebSocket } from 'ws';
import {
  ALL_TASKS,
  findWatchedPath,
  ROUTE_NOT_FOUND,
  TASK_NOT_FOUND,
  toHandshakeRefusal,
  type Watched,
} from '../core/watched-path';
import type { PushMetrics } from '../metrics/push-metrics';
import type { GridFeed } from './grid-feed';
import { createGridSubscriber } from './grid-subscriber';
import { asksForSigns, type SignsOfLife } from './signs-of-life';
import { closeSocket, type Sockets } from './sockets';
import { createSubscriber } from './subscriber';
import { withinNetworks } from './within-networks';

export interface UpgradeDeps {
  keys: Pick<KeyRing, 'findCaller'>;
  sessions: Pick<SessionRing, 'findCaller' | 'watch'>;
  /** Who calls by a ticket for this task, or for all. */
  redeemTicket: (ticket: string, taskId: string | undefined) => Promise<Caller | undefined>;
  refusals: Refusals;
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

const { keyEnded } = WEBSOCKET_CLOSES;
const DRAINING = toRefusal('draining');
/** The answer while credentials of a kind cannot be checked. */
const NOT_READ = {
  key: 'the API keys are not read yet; try again',
  ticket: 'tickets cannot be read now (Redis is unavailable); try again, or use an API key',
  session: 'sessions cannot be read now (MongoDB is unavailable); try again',
};
const NO_STORE = toRefusal('unavailable', { detail: 'tasks cannot be read now (MongoDB is unavailable); try again' });
const GUESSING = toRefusal('rate_limited', { detail: TOO_MANY_REFUSED });

/** Turns a request into a subscriber, or answers it with an HTTP error before the WebSocket opens. */
export function createUpgradeHandler(deps: UpgradeDeps) {
  // Without this listener ws answers in HTML.
  deps.sockets.server.on('wsClientError', ({ message }, socket) => refuseUpgrade(socket, toHandshakeRefusal(message)));

  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    const address = findClientAddress(request, deps.isTrustedProxy);
    const verdict = await admit(request);
    if ('status' in verdict) {
      const isGuess = verdict.status === 401 && deps.refusals.note({ address, requestId: randomUUID() }) !== undefined;
      return refuseUpgrade(socket, isGuess ? GUESSING : verdict);
    }
    const { watched, isGrid, caller } = verdict;
    const who = { address, key: toCallerId(caller) };

    // The client disconnected while its ticket was read: the `close` event has already fired.
    if (socket.destroyed) return;
    const full = deps.sockets.isDraining() ? DRAINING : deps.caps.enter(who);
    if (full) return refuseUpgrade(socket, full);
    socket.once('close', () => deps.caps.leave(who));

    const join = await prepare(watched, caller, isGrid);
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

  /** Without a valid key, ticket or session the answer does not say whether the task exists. */
  async function admit(
    request: IncomingMessage,
  ): Promise<{ watched: Watched; isGrid: boolean; caller: Caller } | Refusal> {
    const path = findWatchedPath(request.url ?? '');
    if (!path) return ROUTE_NOT_FOUND;
    const { isTrustedProxy: isTrusted, allowedOrigins } = deps;
    const { watched, isGrid, query } = path;
    const credential = authorizeUpgrade(request, query.get('ticket') ?? undefined, { isTrusted, allowedOrigins });
    if ('status' in credential) return credential;
    const { kind, secret } = credential;
    const find = {
      key: deps.keys.findCaller,
      ticket: (text: string) => watched && deps.redeemTicket(text, watched === ALL_TASKS ? undefined : watched),
      session: deps.sessions.findCaller,
    };
    try {
      const caller = await find[kind](secret);
      if (!caller) return toRefusal('unauthorised', { detail: NOT_VALID[kind] });
      return watched === undefined ? TASK_NOT_FOUND : { watched, isGrid, caller };
    } catch {
      return toRefusal('unavailable', { detail: NOT_READ[kind] });
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
    { scope }: Caller,
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
