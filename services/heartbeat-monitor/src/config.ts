import { NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import {
  baseConfigShape,
  consumerConfigShape,
  envList,
  mongodbConfigShape,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
} from '@cyberstroll/runtime';
import { z } from 'zod';

const milliseconds = (fallback: number, most = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(1).max(most).default(fallback);

const share = (fallback: number) => z.coerce.number().gt(0).max(1).default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

const isWebhookUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === '';
};

/** When alerts are raised, and whom they are told. */
const alertConfigShape = {
  ALERT_INTERVAL_MS: milliseconds(5_000).describe('Milliseconds between two evaluations of the alert rules'),
  ALERT_CLEAR_SHARE: share(0.8).describe('An alert is over when its value is below this share of its threshold'),
  ALERT_FAILURE_RATE: share(0.2).describe(
    'Share of failed ones among the scanned targets of a task that raises task_failure_rate',
  ),
  ALERT_FAILURE_RATE_MIN_TARGETS: count(20).describe(
    'Scanned targets below which the failure rate of a task says nothing',
  ),
  ALERT_FAILURE_RATE_FOR_MS: milliseconds(30_000).describe('Milliseconds that the failure rate must last'),
  ALERT_TASK_OVERLONG_RATIO: z.coerce
    .number()
    .gt(0)
    .default(1)
    .describe('Running time of a task, as a share of what is expected or allowed, that raises task_overlong'),
  ALERT_TASK_LIMIT_SECONDS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe('Seconds that any task may take before task_overlong is raised; 0 is only what the task itself allows'),
  ALERT_TASK_STILL_SECONDS: count(900).describe(
    'Seconds, and the time of a subtask, that a task may take to its first result before task_overlong is raised',
  ),
  ALERT_TASK_OVERLONG_FOR_MS: milliseconds(300_000).describe('Milliseconds that a task must be overlong'),
  ALERT_NODE_SILENT_MS: milliseconds(60_000).describe('Milliseconds of silence of a node that raise node_silent'),
  ALERT_UPDATES_BACKLOG: count(5_000).describe('Messages waiting in cs.state.updates that raise queue_backlog'),
  ALERT_JOBS_BACKLOG: count(1_000).describe('Messages waiting in a job queue that raise queue_backlog'),
  ALERT_UPDATES_LAG_SECONDS: count(30).describe(
    'Seconds that updates wait until they are applied that raise queue_backlog',
  ),
  ALERT_BACKLOG_FOR_MS: milliseconds(60_000).describe('Milliseconds that a backlog must last'),
  ALERT_QUIET_MS: milliseconds(600_000).describe('Milliseconds after which an alert of what only happens is over'),
  ALERT_WEBHOOKS: envList
    .refine((urls) => urls.length <= 20 && urls.every(isWebhookUrl), 'must be at most 20 http or https addresses')
    .default([])
    .meta({ description: 'Addresses that changes of alerts are posted to, parted by commas', secret: true }),
  ALERT_WEBHOOK_SECRET: z.string().min(16).optional().meta({
    description: 'Signs what webhooks get: text, or whsec_ and base64. Needed with ALERT_WEBHOOKS',
    secret: true,
  }),
  ALERT_WEBHOOK_TIMEOUT_MS: milliseconds(5_000, 10_000).describe('Milliseconds that a webhook may take to answer'),
  ALERT_DELIVER_FOR_MS: milliseconds(86_400_000).describe(
    'Milliseconds after which a change of an alert that a receiver has not taken is given up; until then it is sent again, every 5 minutes at least',
  ),
};

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...rabbitmqManagementConfigShape,
  ...consumerConfigShape,
  ...mongodbConfigShape,
  HEARTBEAT_TIMEOUT_MS: milliseconds(NODE_SILENT_AFTER_MS).describe(
    'Milliseconds of silence after which a node is offline; not below the LEASE_MS of any scanner-node',
  ),
  SWEEP_INTERVAL_MS: milliseconds(1_000).describe('Milliseconds between two looks for silent nodes and overdue work'),
  ORPHAN_INTERVAL_MS: milliseconds(5_000).describe(
    'Milliseconds between two looks for what is held by nodes that are offline or were restarted',
  ),
  BREAKER_SHARE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'Share of the held subtasks: when three nodes or more that hold more than this fall silent at once, nothing is taken from them and an alert is raised',
    ),
  BREAKER_HOLD_MS: milliseconds(60_000).describe(
    'Milliseconds of silence after which a node is offline even while the breaker holds',
  ),
  ZOMBIE_GRACE_MS: milliseconds(20_000).describe(
    'Milliseconds that no heartbeat of a node lists what it holds, after which that is given to another',
  ),
  UPDATE_REPEAT_MS: milliseconds(10_000).describe(
    'Milliseconds after which an update that was not applied yet is sent once more',
  ),
  METRICS_INTERVAL_MS: milliseconds(5_000).describe(
    'Milliseconds between two looks at all tasks, nodes and queues for the metrics',
  ),
  ...alertConfigShape,
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
