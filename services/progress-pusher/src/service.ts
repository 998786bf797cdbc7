import { createKeyRing, createRefusals, createSessionRing, redeemTicket } from '@cyberstroll/access';
import {
  createAllTasksChannel,
  createConnectionCaps,
  createProgressHub,
  createSnapshotCounter,
  createSnapshotSource,
} from '@cyberstroll/progress';
import { createRealtime } from '@cyberstroll/realtime';
import {
  createMetrics,
  createService,
  type Logger,
  refuseRequest,
  type Service,
  toInstanceId,
  toTls,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import type { Config } from './config';
import { toPlainRequestRefusal } from './core/watched-path';
import { createPushMetrics } from './metrics/push-metrics';
import { createGridFeed } from './sockets/grid-feed';
import { createSignsOfLife } from './sockets/signs-of-life';
import { createSockets } from './sockets/sockets';
import { createSubTaskEvents } from './sockets/subtask-events';
import { createUpgradeHandler } from './sockets/upgrade-handler';

/**
 * Pushes progress over WebSocket: /ws/tasks/{task_id}/progress, and of all tasks: /ws/tasks/progress. Of tasks it only
 * reads. Each subscriber first gets a whole snapshot and then frames with rising `seq`. A slow subscriber delays no
 * other. Without Redis it reads the store once per watched task and second. The changes of grids come from RabbitMQ:
 * /ws/tasks/{task_id}/grid. Without it nothing else is missing, so readiness does not name it.
 */
export function createProgressPusherService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('progress-pusher', config.INSTANCE_ID);
  const tls = toTls(config);
  const registry = createMetrics('progress-pusher');
  const store = createStore({ uri: config.MONGODB_URI, tls, instance, logger });
  const realtime = createRealtime({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX, logger });
  const keys = createKeyRing({ apiKeys: store.apiKeys, bootstrap: config.API_KEYS, logger });
  const sessions = createSessionRing({ sessions: store.sessions, keys, bootstrap: config.API_KEYS, logger });
  const source = createSnapshotSource({
    readStore: (taskId) => store.tasks.findSnapshot(taskId),
    readCache: (taskId) => realtime.findProgress(taskId),
  });
  const sockets = createSockets({ pingIntervalMs: config.PING_INTERVAL_MS });
  const metrics = createPushMetrics(registry, {
    countConnections: () => sockets.server.clients.size,
    findMostBuffered: () => Math.max(0, ...[...sockets.server.clients].map(({ bufferedAmount }) => bufferedAmount)),
  });
  const now = () => performance.now();
  const countSnapshot = createSnapshotCounter(registry);
  const hub = createProgressHub({
    realtime,
    source,
    countSnapshot,
    pushIntervalMs: config.PUSH_INTERVAL_MS,
    now,
    logger,
  });
  const allTasks = createAllTasksChannel({
    realtime,
    countSnapshot,
    logger,
    findOpen: (limit, after) => store.tasks.findUnsettled(limit, { only: 'open', after }),
    findSnapshots: (taskIds) => store.tasks.findSnapshots(taskIds),
    pushIntervalMs: config.PUSH_INTERVAL_MS,
  });
  const listen = createSubTaskEvents({ url: config.RABBITMQ_URL, tls, name: `${instance} (grids)`, logger });
  const gridFeed = createGridFeed({ listen, logger });
  const caps = createConnectionCaps({
    total: config.MAX_CONNECTIONS,
    perAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    perKey: config.MAX_CONNECTIONS_PER_KEY,
  });
  const signs = createSignsOfLife({ checkStore: () => store.check() });
  const upgrade = createUpgradeHandler({
    keys,
    sessions,
    redeemTicket: (text, taskId) => redeemTicket({ tickets: realtime, keys, sessions }, text, taskId),
    refusals: createRefusals({ auditLog: store.auditLog, days: config.AUDIT_LOG_DAYS, logger }),
    isTrustedProxy: config.TRUST_PROXY,
    allowedOrigins: config.ALLOWED_ORIGINS,
    caps,
    source,
    findInside: store.tasks.findInside,
    sockets,
    signs,
    hub,
    allTasks,
    gridFeed,
    metrics,
    now,
    logger,
  });
  return createService({
    name: 'progress-pusher',
    config,
    // Its sockets stay open whatever is unavailable: it still serves what it has. But a new replica takes none before
    // it has read the API keys, so an older one must not stop for it.
    dependencies: {
      needs: { sockets: () => sockets.check() },
      uses: { mongodb: () => store.check(), redis: () => realtime.check() },
    },
    parts: [realtime, store, keys, sessions, hub, allTasks, gridFeed, signs, sockets],
    metrics: registry,
    listener: ({ method = '', url = '' }, response) => refuseRequest(response, toPlainRequestRefusal({ method, url })),
    upgrade: (request, socket, head) => void upgrade(request, socket, head),
  });
}
