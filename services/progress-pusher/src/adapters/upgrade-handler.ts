import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem, ProgressSnapshot } from '@cyberstroll/contracts';
import { type ApiKeys, findApiKey, type Logger } from '@cyberstroll/runtime';
import type { ConnectionCaps } from '../core/connection-caps';
import { judgeUpgrade, type Refusal, TASK_NOT_FOUND } from '../core/judge-upgrade';
import type { ProgressHub } from './progress-hub';
import type { PushMetrics } from './push-metrics';
import type { SnapshotSource } from './snapshot-source';
import type { Sockets } from './sockets';

export interface UpgradeDeps {
  keys: ApiKeys;
  allowedOrigins: readonly string[];
  caps: ConnectionCaps;
  source: SnapshotSource;
  sockets: Sockets;
  hub: ProgressHub;
  metrics: Pick<PushMetrics, 'countUpgrade'>;
  logger: Logger;
}

const DRAINING: Refusal = { status: 503, code: 'draining', detail: 'this replica is stopping; ask another' };
const UNAVAILABLE: Refusal = { status: 503, code: 'unavailable', detail: 'the task cannot be read now; try again' };

/** Turns a request into a subscriber, or answers it with an HTTP error: a client learns why before there is a socket. */
export function createUpgradeHandler(deps: UpgradeDeps) {
  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    const verdict = judgeUpgrade({
      url: request.url ?? '',
      origin: request.headers.origin,
      allowedOrigins: deps.allowedOrigins,
      headerKey: findApiKey(request.headers),
      isKey: (secret) => deps.keys.findCaller(secret) !== undefined,
    });
    if ('status' in verdict) return refuseUpgrade(socket, verdict);
    const { taskId } = verdict;

    const address = request.socket.remoteAddress ?? '';
    const full = deps.sockets.isDraining() ? DRAINING : deps.caps.enter(address);
    if (full) return refuseUpgrade(socket, full);
    socket.once('close', () => deps.caps.leave(address));

    const snapshot = await findSnapshot(taskId);
    if ('code' in snapshot) return refuseUpgrade(socket, snapshot);
    if (deps.sockets.isDraining()) return refuseUpgrade(socket, DRAINING);
    deps.sockets.server.handleUpgrade(request, socket, head, (client) => {
      deps.metrics.countUpgrade(101);
      deps.sockets.server.emit('connection', client, request);
      deps.hub.join(client, taskId, snapshot);
    });
  };

  function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
    deps.metrics.countUpgrade(refusal.status);
    refuse(socket, refusal);
  }

  async function findSnapshot(taskId: string): Promise<ProgressSnapshot | Refusal> {
    try {
      return (await deps.source.find(taskId)) ?? TASK_NOT_FOUND;
    } catch (err) {
      deps.logger.warn({ err, task_id: taskId }, 'task not read');
      return UNAVAILABLE;
    }
  }
}

function refuse(socket: Duplex, { status, code, detail }: Refusal): void {
  const title = STATUS_CODES[status] ?? 'Error';
  const problem: Problem = { type: `urn:cyberstroll:problem:${code}`, title, status, code, detail };
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(status === 503 || status === 429 ? ['retry-after: 2'] : []),
    ...(status === 401 ? ['www-authenticate: Bearer'] : []),
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
