import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ProgressSnapshot, type Refusal, toRefusal } from '@cyberstroll/contracts';
import type { Ticket } from '@cyberstroll/realtime';
import {
  type ApiKeys,
  createRateLimit,
  findApiKey,
  findClientAddress,
  type Logger,
  type ProxyTrust,
  refuseSocket,
} from '@cyberstroll/runtime';
import type { SnapshotSource } from '../adapters/snapshot-source';
import {
  authorizeUpgrade,
  BAD_TICKET,
  TASK_NOT_FOUND,
  toHandshakeRefusal,
  type WatchGrant,
} from '../core/authorize-upgrade';
import type { ConnectionCaps } from '../core/connection-caps';
import type { PushMetrics } from '../metrics/push-metrics';
import type { ProgressHub } from './progress-hub';
import type { Sockets } from './sockets';

export interface UpgradeDeps {
  keys: ApiKeys;
  /** The task and key of a ticket; undefined if it is unknown, expired or already used. */
  takeTicket: (ticket: string) => Promise<Ticket | undefined>;
  isTrustedProxy: ProxyTrust;
  allowedOrigins: readonly string[];
  caps: ConnectionCaps;
  source: SnapshotSource;
  sockets: Sockets;
  hub: ProgressHub;
  metrics: Pick<PushMetrics, 'countUpgrade'>;
  logger: Logger;
}

const MAX_REFUSED_PER_MINUTE = 300;
const DRAINING = toRefusal('draining');
const NO_TICKETS = toRefusal('unavailable', {
  detail: 'tickets cannot be read now (Redis is unavailable); try again, or use an API key',
});
const NO_TASK = toRefusal('unavailable', { detail: 'the task cannot be read now (MongoDB is unavailable); try again' });
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
    const verdict = await redeem(
      authorizeUpgrade({
        url: request.url ?? '',
        origin: request.headers.origin,
        allowedOrigins: deps.allowedOrigins,
        headerKey: findApiKey(request.headers),
        findKeyName: (secret) => deps.keys.findCaller(secret)?.name,
      }),
    );
    if ('status' in verdict) {
      const isGuess = verdict.status === 401 && refusals.take(address, performance.now()) !== undefined;
      return refuseUpgrade(socket, isGuess ? GUESSING : verdict);
    }
    const { taskId, key } = verdict;

    // The client disconnected while its ticket was read: the `close` event has already fired.
    if (socket.destroyed) return;
    const full = deps.sockets.isDraining() ? DRAINING : deps.caps.enter({ address, key });
    if (full) return refuseUpgrade(socket, full);
    socket.once('close', () => deps.caps.leave({ address, key }));

    const snapshot = await findSnapshot(taskId);
    if ('code' in snapshot) return refuseUpgrade(socket, snapshot);
    if (deps.sockets.isDraining()) return refuseUpgrade(socket, DRAINING);
    deps.sockets.server.handleUpgrade(request, socket, head, (client) => {
      deps.metrics.countUpgrade(101);
      deps.sockets.server.emit('connection', client, request);
      deps.hub.join(client, taskId, snapshot);
    });
  };

  /** A ticket names the key that issued it. A ticket for another task is used up by the attempt. */
  async function redeem(verdict: WatchGrant | Refusal): Promise<{ taskId: string; key: string } | Refusal> {
    if (!('ticket' in verdict)) return verdict;
    try {
      const ticket = await deps.takeTicket(verdict.ticket);
      return ticket?.task_id === verdict.taskId ? { taskId: ticket.task_id, key: ticket.key } : BAD_TICKET;
    } catch {
      return NO_TICKETS;
    }
  }

  function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
    deps.metrics.countUpgrade(refusal.status);
    refuseSocket(socket, refusal);
  }

  async function findSnapshot(taskId: string): Promise<ProgressSnapshot | Refusal> {
    try {
      return (await deps.source.find(taskId)) ?? TASK_NOT_FOUND;
    } catch (err) {
      deps.logger.warn({ err, task_id: taskId }, 'task read failed');
      return NO_TASK;
    }
  }
}
