import { type Notice, type TaskEnd, toTaskWebhookBody } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createDelivery } from './deliver';
import type { CountTry } from './delivery-counter';
import { createWebhooks } from './webhooks';

export interface TaskEndDeps {
  store: Pick<Store, 'taskEndOutbox'>;
  countTry: CountTry;
  logger: Logger;
}

export interface TaskWebhookConfig {
  TASK_WEBHOOKS: readonly string[];
  TASK_WEBHOOK_SECRET?: string | undefined;
  TASK_WEBHOOK_OLD_SECRET?: string | undefined;
  TASK_WEBHOOK_TIMEOUT_MS: number;
  TASK_DELIVER_FOR_MS: number;
}

/**
 * The sweep that sends the ends of tasks to the webhooks. The store writes each end together with the end of its task.
 * Without webhooks the sweep deletes them after ten minutes.
 */
export function createTaskEndDelivery({ store, countTry, logger }: TaskEndDeps, config: TaskWebhookConfig) {
  const receivers = createWebhooks<TaskEnd, Notice>({
    kind: 'task_webhook',
    variables: ['TASK_WEBHOOKS', 'TASK_WEBHOOK_SECRET'],
    urls: config.TASK_WEBHOOKS,
    secret: config.TASK_WEBHOOK_SECRET,
    oldSecret: config.TASK_WEBHOOK_OLD_SECRET,
    timeoutMs: config.TASK_WEBHOOK_TIMEOUT_MS,
    toBody: toTaskWebhookBody,
  });
  return createDelivery<TaskEnd, Notice>({
    receivers,
    countTry,
    logger,
    outbox: store.taskEndOutbox,
    what: 'task end',
    select: () => receivers,
    toFacts: ({ task_id, end_id }) => ({ task_id, end_id }),
    keepMs: config.TASK_DELIVER_FOR_MS,
  });
}
