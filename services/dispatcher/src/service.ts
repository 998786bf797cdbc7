import { createBroker } from '@cyberstroll/messaging';
import {
  type Component,
  createComponent,
  createGroup,
  createHttpServer,
  createMetrics,
  createReadiness,
  createSweep,
  type Logger,
  toInstanceId,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createDispatch } from './adapters/dispatch-once';
import { rebroadcastControlOnce } from './adapters/rebroadcast-control-once';
import { createResend } from './adapters/resend-once';
import { settleEndedOnce } from './adapters/settle-ended-once';
import { createTaskLeases } from './adapters/task-leases';
import type { Config } from './config';

/** Sends targets out as chunks of subtasks, a window at a time, fairly between tasks. */
export function createDispatcherService(config: Config, logger: Logger): Component & { port(): number } {
  const instance = toInstanceId('dispatcher', config.INSTANCE_ID);
  const store = createStore({ uri: config.MONGODB_URI, instance, logger });
  const broker = createBroker({ url: config.RABBITMQ_URL, name: instance, logger });
  const publisher = broker.createPublisher();
  const leases = createTaskLeases(store.leases, { ttlMs: config.TASK_LEASE_MS });
  const readiness = createReadiness({ mongodb: () => store.check(), rabbitmq: () => broker.check() });
  const http = createHttpServer({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    readiness,
    metrics: createMetrics('dispatcher'),
  });

  const deps = { store, broker, publisher, leases, logger };
  const sweeps = [
    // Every replica dispatches; a lease per task parts the work.
    { name: 'dispatch', intervalMs: config.DISPATCH_INTERVAL_MS, sweepOnce: createDispatch(deps) },
    {
      name: 'resend',
      intervalMs: config.RESEND_INTERVAL_MS,
      sweepOnce: createResend(deps, { resendAfterMs: config.RESEND_AFTER_MS }),
      duty: store.leases.duty('dispatcher:resend'),
    },
    {
      name: 'rebroadcast-control',
      intervalMs: config.CONTROL_INTERVAL_MS,
      sweepOnce: (now: Date) => rebroadcastControlOnce(deps, now),
      duty: store.leases.duty('dispatcher:control'),
    },
    {
      name: 'settle-ended',
      intervalMs: 10_000,
      sweepOnce: (now: Date) => settleEndedOnce(deps, now),
      duty: store.leases.duty('dispatcher:settle', 30_000),
    },
  ].map((sweep) => createSweep({ ...sweep, logger }));

  return {
    ...createGroup('dispatcher', [
      http,
      store,
      broker,
      publisher,
      leases,
      ...sweeps,
      createComponent('readiness', { stop: () => readiness.drain() }),
    ]),
    port: () => http.port(),
  };
}
