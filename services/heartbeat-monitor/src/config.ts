import { isWebhookUrl, NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import {
  baseConfigShape,
  consumerConfigShape,
  envList,
  envWhole,
  mongodbConfigShape,
  nodeUsersConfigShape,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
} from '@cyberstroll/runtime';
import * as z from 'zod';

const share = (fallback: number) => z.coerce.number().gt(0).max(1).default(fallback);

const webhookUrls = (description: string) =>
  envList
    .refine(
      (urls) => urls.length <= 20 && urls.every(isWebhookUrl),
      'must be at most 20 http or https addresses without user or password',
    )
    .default([])
    .meta({ description: `${description}, separated by commas; at most 20`, secret: true });
const webhookSecret = (ofUrls: string) =>
  z
    .string()
    .min(16)
    .optional()
    .meta({
      description: `Secret that signs the requests to webhooks: text, or whsec_ and base64; required with ${ofUrls}`,
      secret: true,
    });
const oldWebhookSecret = (ofSecret: string) =>
  z
    .string()
    .min(16)
    .optional()
    .meta({
      description: `Secret that signs the same requests beside ${ofSecret}, until every receiver knows the new one`,
      secret: true,
    });

/** When alerts are raised, and where they are sent. */
const alertConfigShape = {
  ALERT_INTERVAL_MS: envWhole(5_000).describe('Milliseconds between two evaluations of the alert rules'),
  ALERT_CLEAR_SHARE: share(0.8).describe('An alert is cleared when its value falls below this share of its threshold'),
  ALERT_FAILURE_RATE: share(0.2).describe(
    'Share of failed targets among the scanned targets of a task that raises task_failure_rate',
  ),
  ALERT_FAILURE_RATE_MIN_TARGETS: envWhole(20).describe(
    'Fewest scanned targets of a task for which its failure rate counts',
  ),
  ALERT_FAILURE_RATE_FOR_MS: envWhole(30_000).describe(
    'Milliseconds that the failure rate must last before task_failure_rate is raised',
  ),
  ALERT_TASK_OVERLONG_RATIO: z.coerce
    .number()
    .gt(0)
    .default(1)
    .describe('Running time of a task, as a share of the time expected or allowed, that raises task_overlong'),
  ALERT_TASK_LIMIT_SECONDS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe(
      'Seconds that any task may run before task_overlong is raised; 0: only the timeout of the task itself counts',
    ),
  ALERT_TASK_STILL_SECONDS: envWhole(900).describe(
    'Seconds that a task may take to its first result, in addition to its subtask_timeout, before task_overlong is ' +
      'raised',
  ),
  ALERT_TASK_OVERLONG_FOR_MS: envWhole(300_000).describe(
    'Milliseconds that a task must be overlong before task_overlong is raised',
  ),
  ALERT_NODE_SILENT_MS: envWhole(60_000).describe('Milliseconds without a heartbeat of a node that raise node_silent'),
  ALERT_OPERATION_STALLED_MS: envWhole(600_000).describe(
    'Milliseconds in which an operation on many tasks commands none of them that raise operation_stalled',
  ),
  ALERT_LIMIT_STARVES_MS: envWhole(3_600_000).describe(
    'Milliseconds in which a task behind a full limit begins nothing, though it has something to scan, that raise ' +
      'limit_starves',
  ),
  ALERT_UPDATES_BACKLOG: envWhole(5_000).describe('Messages waiting in the queue of updates that raise queue_backlog'),
  ALERT_JOBS_BACKLOG: envWhole(1_000).describe('Messages waiting in a job queue that raise queue_backlog'),
  ALERT_UPDATES_LAG_SECONDS: envWhole(30).describe(
    'Seconds from the sending of an update until it is applied that raise queue_backlog',
  ),
  ALERT_BACKLOG_FOR_MS: envWhole(60_000).describe(
    'Milliseconds that a backlog must last before queue_backlog is raised',
  ),
  ALERT_QUIET_MS: envWhole(600_000).describe(
    'Milliseconds after the last occurrence until its alert is cleared (zombie, consistency, ' +
      'fleet_silent, node_id_shared)',
  ),
  ALERT_WEBHOOKS: webhookUrls('Addresses that get every change of an alert by HTTP POST'),
  ALERT_WEBHOOK_SECRET: webhookSecret('ALERT_WEBHOOKS'),
  ALERT_WEBHOOK_OLD_SECRET: oldWebhookSecret('ALERT_WEBHOOK_SECRET'),
  ALERT_WEBHOOK_TIMEOUT_MS: envWhole(5_000, 1, 10_000).describe('Milliseconds that a webhook may take to answer'),
  ALERT_DELIVER_FOR_MS: envWhole(86_400_000).describe(
    'Milliseconds after which a change of an alert that has not arrived is given up; until then it is sent again, ' +
      'at least every 5 minutes; one that a receiver refuses (4xx) is given up after 20 tries',
  ),
};

/** Where the ends of tasks are sent. */
const taskWebhookConfigShape = {
  TASK_WEBHOOKS: webhookUrls('Addresses that get every end of a task by HTTP POST'),
  TASK_WEBHOOK_SECRET: webhookSecret('TASK_WEBHOOKS'),
  TASK_WEBHOOK_OLD_SECRET: oldWebhookSecret('TASK_WEBHOOK_SECRET'),
  TASK_WEBHOOK_TIMEOUT_MS: envWhole(5_000, 1, 10_000).describe('Milliseconds that such a webhook may take to answer'),
  TASK_DELIVER_FOR_MS: envWhole(86_400_000).describe(
    'Milliseconds after which an end of a task that has not arrived is given up; until then it is sent again, at ' +
      'least every 5 minutes; one that a receiver refuses (4xx) is given up after 20 tries',
  ),
};

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...rabbitmqManagementConfigShape,
  ...consumerConfigShape,
  ...nodeUsersConfigShape,
  ...mongodbConfigShape,
  HEARTBEAT_TIMEOUT_MS: envWhole(NODE_SILENT_AFTER_MS).describe(
    'Milliseconds without a heartbeat after which a node is offline; at least the LEASE_MS of every scanner-node',
  ),
  SWEEP_INTERVAL_MS: envWhole(1_000).describe(
    'Milliseconds between two checks of what nodes hold, and of tasks past their timeout',
  ),
  BREAKER_SHARE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'If at least three nodes that hold more than this share of all held subtasks fall silent together, they keep ' +
        'their work and fleet_silent is raised',
    ),
  BREAKER_HOLD_MS: envWhole(60_000).describe(
    'Milliseconds without a heartbeat after which a node is offline even while the circuit breaker is tripped',
  ),
  ZOMBIE_GRACE_MS: envWhole(20_000).describe(
    'Milliseconds that no heartbeat of a node lists a subtask it holds, after which the subtask is reassigned',
  ),
  UPDATE_REPEAT_MS: envWhole(10_000).describe(
    'Milliseconds after which a service update that was not applied is sent again',
  ),
  // Samples are kept each ten seconds.
  METRICS_INTERVAL_MS: envWhole(5_000, 1, 5_000).describe(
    'Milliseconds between two reads of all tasks, nodes and queues for the metrics',
  ),
  ...alertConfigShape,
  ...taskWebhookConfigShape,
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
