import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  authorizeUpgrade,
  type Caller,
  type Credential,
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
import {
  type AllTasksChannel,
  type ConnectionCaps,
  type ProgressHub,
  type SnapshotSource,
  toMessage,
} from '@cyberstroll/progress';
import { type Logger, logFailure, refuseSocket } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { WebSocket } from 'ws';
import {
  ALL_TASKS,
  findWatchedPath,
  ROUTE_NOT_FOUND,
  readNamed,
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

/** Who may watch what. */
interface Admitted {
  watched: Watched;
  isGrid: boolean;
  /** Of the subscribers to all tasks: nothing is sent before it names some. */
  willName: boolean;
  caller: Caller;
}

const { badMessage, keyEnded } = WEBSOCKET_CLOSES;
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
      const { status, tried } = verdict;
      const isGuess = status === 401 && deps.refusals.note({ address, requestId: randomUUID(), tried }) !== undefined;
      return refuseUpgrade(socket, isGuess ? GUESSING : verdict);
    }
    const { caller } = verdict;
    const who = { address, key: toCallerId(caller) };

    // The client disconnected while its ticket was read: the `close` event has already fired.
    if (socket.destroyed) return;
    const full = deps.sockets.isDraining() ? DRAINING : deps.caps.enter(who);
    if (full) return refuseUpgrade(socket, full);
    socket.once('close', () => deps.caps.leave(who));

    const join = await prepare(verdict);
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
  async function admit(request: IncomingMessage): Promise<Admitted | (Refusal & { tried?: Credential['kind'] })> {
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
      if (!caller) return { ...toRefusal('unauthorised', { detail: NOT_VALID[kind] }), tried: kind };
      return watched === undefined
        ? TASK_NOT_FOUND
        : { watched, isGrid, willName: query.get('named') === 'true', caller };
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
  async function prepare({
    watched,
    isGrid,
    willName,
    caller: { scope },
  }: Admitted): Promise<((client: WebSocket) => () => void) | Refusal> {
    const findInside = scope && ((taskIds: string[]) => deps.findInside(taskIds, scope.ranges));
    try {
      if (watched === ALL_TASKS) {
        await deps.allTasks.ready();
        return (client) => {
          const subscriber = createSubscriber(client, deps.now, deps.metrics, toMessage);
          const inNetworks = findInside ? withinNetworks(subscriber, findInside) : subscriber;
          const seat = deps.allTasks.join(inNetworks, { willName });
          client.on('message', (message, isBinary) => {
            const named = isBinary ? undefined : readNamed(String(message));
            if (named) seat.name(named);
            else closeSocket(client, badMessage);
          });
          return seat.leave;
        };
      }
      if (findInside && (await findInside([watched])).length === 0) return TASK_NOT_FOUND;
      const snapshot = await deps.source.find(watched);
      if (!snapshot) return TASK_NOT_FOUND;
      if (isGrid) {
        return (client) => deps.gridFeed.join(watched, createGridSubscriber(client, deps.now, deps.metrics));
      }
      return (client) => {
        const { push, tick } = createSubscriber(client, deps.now, deps.metrics, ([frame]) => frame!.bytes);
        return deps.hub.join(watched, snapshot, { push: (frame) => push([frame]), tick });
      };
    } catch (err) {
      logFailure(deps.logger, { err, ...(watched !== ALL_TASKS && { task_id: watched }) }, 'task read failed');
      return NO_STORE;
    }
  }
}
