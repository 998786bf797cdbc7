import {
  ALERT_RULE_NAMES,
  type Alert,
  type AlertNotice,
  isOccurrenceRule,
  toWebhookBody,
} from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import type { Counts, Logger, Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { Config } from '../config';
import type { CountTry } from '../delivery/delivery-counter';
import { createWebhooks } from '../delivery/webhooks';
import { createFreshGauges } from '../metrics/fresh-gauge';
import { createLimitGauges } from '../metrics/gauges';
import {
  createDeadLetterReader,
  createExclusionReader,
  createLimitReader,
  createNodeReader,
  createOperationReader,
  createQueueReader,
  createScheduleReader,
  createTaskReader,
  createUnreadableReader,
} from './alert-readers';
import type { AlertLimits } from './core/alert-readings';
import { createAlertDelivery, createEventsReceiver } from './deliver-alerts';
import { noteUnsilencedOnce } from './note-unsilenced';
import { type AlertGroup, createAlertSweep } from './raise-alerts';

export interface AlertDeps {
  store: Pick<
    Store,
    | 'nodes'
    | 'queueLag'
    | 'alerts'
    | 'alertOutbox'
    | 'alertFacts'
    | 'operations'
    | 'exclusions'
    | 'schedules'
    | 'scheduleRuns'
    | 'apiKeys'
    | 'limits'
    | 'deadLetters'
    | 'unreadable'
  >;
  broker: Broker;
  publisher: Publisher;
  logger: Logger;
  registry: Registry;
  countTry: CountTry;
  /** Called after alerts were raised or cleared. */
  onChange?: () => void;
}

/**
 * The alert sweeps, from the configuration. There is one for each need of its rules: those of tasks work without
 * RabbitMQ, those of nodes need a replica that has received heartbeats for long enough.
 */
export function createAlertSweeps(deps: AlertDeps, config: Config) {
  const { store, publisher, logger, registry, countTry, onChange } = deps;
  const limits = toLimits(config);
  const overlong = createFreshGauges(registry, config.ALERT_INTERVAL_MS)(
    'task_overlong_ratio',
    'Greatest running time of an open task as a share of the time expected or allowed, as the alert task_overlong ' +
      'measures it',
  );
  const showOverlong = (ratio: number) => overlong.show([[{}, ratio]]);
  const showLimits = createLimitGauges({ registry, intervalMs: config.ALERT_INTERVAL_MS });
  const raise = (groups: readonly AlertGroup[]) =>
    createAlertSweep(
      {
        store,
        logger,
        ...(onChange && { onChange }),
        hysteresis: { clearShare: config.ALERT_CLEAR_SHARE, quietMs: config.ALERT_QUIET_MS },
        maxGapMs: 5 * config.ALERT_INTERVAL_MS,
      },
      groups,
    );
  const ofDatabase = raise([
    { rules: ['task_failure_rate', 'task_overlong'], read: createTaskReader(store, limits, showOverlong) },
    { rules: ['operation_stalled'], read: createOperationReader(store, limits) },
    { rules: ['exclusion_ending'], read: createExclusionReader(store) },
    { rules: ['document_unreadable'], read: createUnreadableReader(store) },
    { rules: ['schedule_stopped', 'schedule_late', 'schedule_key_expires'], read: createScheduleReader(store) },
    { rules: ['limit_starves'], read: createLimitReader(store, limits, showLimits) },
    // Occurrences are raised by the components that see them; here they are only cleared.
    { rules: ALERT_RULE_NAMES.filter(isOccurrenceRule), read: createDeadLetterReader(store) },
  ]);
  return {
    async ofDatabase(now: Date): Promise<Counts> {
      await noteUnsilencedOnce(deps, now);
      return await ofDatabase(now);
    },
    ofNodes: raise([{ rules: ['node_silent'], read: createNodeReader(store, limits) }]),
    ofQueues: raise([{ rules: ['queue_backlog'], read: createQueueReader(deps, limits) }]),
    deliver: createAlertDelivery({
      store,
      logger,
      countTry,
      receivers: [
        createEventsReceiver(publisher),
        ...createWebhooks<Alert, AlertNotice>({
          kind: 'webhook',
          variables: ['ALERT_WEBHOOKS', 'ALERT_WEBHOOK_SECRET'],
          toBody: toWebhookBody,
          urls: config.ALERT_WEBHOOKS,
          secret: config.ALERT_WEBHOOK_SECRET,
          oldSecret: config.ALERT_WEBHOOK_OLD_SECRET,
          timeoutMs: config.ALERT_WEBHOOK_TIMEOUT_MS,
        }),
      ],
      keepMs: config.ALERT_DELIVER_FOR_MS,
    }),
  };
}

const toLimits = (config: Config): AlertLimits => ({
  failureRate: {
    share: config.ALERT_FAILURE_RATE,
    minClosed: config.ALERT_FAILURE_RATE_MIN_TARGETS,
    forMs: config.ALERT_FAILURE_RATE_FOR_MS,
  },
  overlong: {
    ratio: config.ALERT_TASK_OVERLONG_RATIO,
    limitSeconds: config.ALERT_TASK_LIMIT_SECONDS,
    stillSeconds: config.ALERT_TASK_STILL_SECONDS,
    forMs: config.ALERT_TASK_OVERLONG_FOR_MS,
  },
  nodeSilent: { afterMs: config.ALERT_NODE_SILENT_MS },
  operationStalled: { afterMs: config.ALERT_OPERATION_STALLED_MS },
  limitStarves: { afterMs: config.ALERT_LIMIT_STARVES_MS },
  backlog: {
    updates: config.ALERT_UPDATES_BACKLOG,
    jobs: config.ALERT_JOBS_BACKLOG,
    lag: config.ALERT_UPDATES_LAG_SECONDS,
    forMs: config.ALERT_BACKLOG_FOR_MS,
  },
});
