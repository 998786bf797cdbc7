import { createRealtime } from '@cyberstroll/realtime';
import {
  type Component,
  createComponent,
  createGroup,
  createHttpServer,
  createMetrics,
  createReadiness,
  type Logger,
  toInstanceId,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createProgressHub } from './adapters/progress-hub';
import { createSnapshotSource } from './adapters/snapshot-source';
import { createSockets } from './adapters/sockets';
import { createUpgradeHandler } from './adapters/upgrade-handler';
import type { Config } from './config';
import { createConnectionCaps } from './core/connection-caps';

/**
 * Fans progress out over WebSocket: /ws/tasks/{task_id}/progress. It only reads. Each subscriber gets a whole snapshot first
 * and then rising `seq`; nobody waits for a slow one; without Redis it asks the store once per watched task and second.
 */
export function createProgressPusherService(config: Config, logger: Logger): Component & { port(): number } {
  const instance = toInstanceId('progress-pusher', config.INSTANCE_ID);
  const store = createStore({ uri: config.MONGODB_URI, instance, logger });
  const realtime = createRealtime({ url: config.REDIS_URL, prefix: config.REDIS_PREFIX, logger });
  const source = createSnapshotSource({
    readStore: (taskId) => store.tasks.findSnapshot(taskId),
    readCache: (taskId) => realtime.findProgress(taskId),
  });
  const hub = createProgressHub({
    realtime,
    source,
    pushIntervalMs: config.PUSH_INTERVAL_MS,
    now: () => performance.now(),
    logger,
  });
  const sockets = createSockets({ pingIntervalMs: config.PING_INTERVAL_MS });
  const caps = createConnectionCaps({ total: config.MAX_CONNECTIONS, perAddress: config.MAX_CONNECTIONS_PER_ADDRESS });
  const readiness = createReadiness({ mongodb: () => store.check(), redis: () => realtime.check() });
  const http = createHttpServer({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    readiness,
    metrics: createMetrics('progress-pusher'),
  });
  const upgrade = createUpgradeHandler({
    keys: config.API_KEYS,
    allowedOrigins: config.ALLOWED_ORIGINS,
    caps,
    source,
    sockets,
    hub,
    logger,
  });
  http.server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));

  const group = createGroup('progress-pusher', [
    // Stops last, so that /readyz tells of the draining.
    http,
    realtime,
    store,
    hub,
    sockets,
    createComponent('readiness', { stop: () => readiness.drain() }),
  ]);
  return { ...group, port: () => http.port() };
}
