import { QUEUES } from '@cyberstroll/contracts';
import { createBroker } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import {
  createFailpoint,
  createMetrics,
  createService,
  type Logger,
  parseRabbitmqUrl,
  type Service,
  toInstanceId,
  toTls,
} from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createImpostorCheck } from '@cyberstroll/task-state';
import { createDeliveryApplier } from './batches/apply-deliveries';
import { createLanes } from './batches/lanes';
import type { Config } from './config';
import { createUpdateMetrics } from './metrics/update-metrics';
import { createNodeCounter } from './sweeps/node-counter';
import { createRollUpLoop } from './sweeps/roll-up-loop';

/** Validates and applies state updates in batches, in transactions; rolls progress up and publishes it. */
export function createStateUpdaterService(config: Config, logger: Logger): Service {
  const instance = toInstanceId('state-updater', config.INSTANCE_ID);
  const tls = toTls(config);
  const metrics = createMetrics('state-updater');
  const store = createStore({ uri: config.MONGODB_URI, tls, instance, logger });
  const broker = createBroker({
    url: config.RABBITMQ_URL,
    tls,
    name: instance,
    consumerTimeoutMs: config.RABBITMQ_CONSUMER_TIMEOUT_MS,
    logger,
    metrics,
  });
  const realtime = createRealtime({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX, metrics, logger });
  const publisher = broker.createPublisher();
  const rollUps = createRollUpLoop({
    store,
    realtime,
    publisher,
    progressIntervalMs: config.PROGRESS_INTERVAL_MS,
    rollUpIntervalMs: config.ROLL_UP_INTERVAL_MS,
    logger,
  });
  const nodeCounter = createNodeCounter({ store, logger });
  const consumer = broker.createBatchConsumer({
    queue: QUEUES.stateUpdates,
    // One update that is too deep costs the others of its envelope nothing.
    anyDepth: true,
    prefetch: config.PREFETCH,
    maxHeldBytes: config.HELD_BYTES,
    maxMessages: config.BATCH_ENVELOPES,
    maxBytes: config.BATCH_BYTES,
    atOnce: config.LANES,
    maxWaitMs: config.BATCH_WAIT_MS,
    handle: createDeliveryApplier({
      store,
      publisher,
      metrics: createUpdateMetrics(metrics),
      touch: rollUps.touch,
      countClosed: nodeCounter.countClosed,
      maxUpdates: config.TRANSACTION_UPDATES,
      lanes: createLanes(config.LANES),
      findImpostor: config.CHECK_NODE_USERS
        ? createImpostorCheck(parseRabbitmqUrl(config.RABBITMQ_URL).user)
        : undefined,
      failpoint: createFailpoint(config.FAILPOINT),
    }),
    publisher,
    logger,
  });

  return createService({
    name: 'state-updater',
    config,
    dependencies: {
      needs: {
        mongodb: () => store.check(),
        rabbitmq: () => broker.check(),
        // MongoDB may answer, and take no write.
        updates: () => consumer.check(),
      },
      uses: { redis: () => realtime.check() },
    },
    parts: [store, broker, realtime, publisher, rollUps, nodeCounter, consumer],
    metrics,
  });
}
