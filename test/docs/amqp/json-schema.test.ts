import {
  type Alert,
  type AlertDelivery,
  type DeadLetter,
  NO_TOUCHED,
  type TaskEnd,
  toChangeWebhookBody,
  toEvent,
  toProgressUpdate,
  toQueueMarker,
  toTaskWebhookBody,
  toWebhookBody,
} from '@cyberstroll/contracts';
import { toCancelUpdates, toProgress } from '@cyberstroll/task-state';
import { createJob, toHeartbeat } from '@cyberstroll/testkit';
import { type Example, examplesOf } from '../node-contract-page';
import { findFaults } from './find-faults';
import { toJsonSchema } from './json-schema';
import { MESSAGES } from './messages';

it.each(MESSAGES)('the schema of a $name has an id, a title and a description', (message) => {
  expect(toJsonSchema(message)).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:cyberstroll:schema:${message.name}`,
    title: expect.stringMatching(/^[A-Z]\w/),
    description: expect.stringMatching(/^[A-Z]\w*.+\.$/s),
  });
});

it.each(MESSAGES)('in the schema of a $name each object and each list of values has a title', (message) => {
  const nameless: unknown[] = [];
  JSON.stringify(toJsonSchema(message), (_, value) => {
    const isNamed = typeof value?.title === 'string';
    if (value && !isNamed && (value.type === 'object' ? value.properties : (value.enum ?? value.oneOf)))
      nameless.push(value);
    return value;
  });
  expect(nameless).toEqual([]);
});

const examples: [name: string, Example][] = [
  ['job', examplesOf('Jobs')[0]!],
  ['node-envelope', examplesOf('Updates')[0]!],
  ['heartbeat', examplesOf('Heartbeats')[0]!],
  ...examplesOf('Control').map((control): [string, Example] => ['control', control]),
];

it.each(examples)('an example of a %s in docs/node-contract.md is valid', (name, example) => {
  expect(findFaults(name, example)).toEqual([]);
});

const NOW = new Date('2026-01-01T12:00:00Z');
const job = createJob(2);
const attempt = { ...job.subtasks[0]!, task_id: job.task_id, lease_id: 'lease' };
const alert = {
  alert_id: 'a'.repeat(24),
  rule: 'node_silent',
  subject: 'n1',
  severity: 'warning',
  runbook: 'docs/runbooks',
} as Alert;
const delivery = {
  delivery_id: 'd',
  state: 'firing',
  timestamp: NOW,
  reason: 'silent for 20 s',
  operator: 'heartbeat-monitor',
} as AlertDelivery;
const taskEnd: TaskEnd = {
  end_id: `${job.task_id}-7`,
  task_id: job.task_id,
  name: 'office',
  labels: ['nightly'],
  task_initiator: 'alice',
  task_type: 'port_scan',
  task_category: 'default',
  status: 'COMPLETED',
  reason: 'done',
  operator: 'state-updater',
  created_time: NOW,
  started_time: NOW,
  completed_time: NOW,
  ended_time: NOW,
  actual_duration: 1,
  progress: toProgress(256, NO_TOUCHED, true),
};
const deadLetter: DeadLetter = {
  reason: 'not_json',
  detail: 'body: not JSON',
  queue: 'cs.updates',
  exchange: 'cs.state',
  first_seen: NOW.toISOString(),
  source: 'f'.repeat(32),
  content: '{',
};

const change = {
  change: 7,
  time: NOW,
  ip: '127.0.0.1',
  kind: 'port_opened',
  port: 22,
  protocol: 'tcp',
  task_id: job.task_id,
  subtask_id: attempt.subtask_id,
} as const;

it.each<[string, unknown]>([
  ['job', job],
  ['heartbeat', toHeartbeat()],
  [
    'service-envelope',
    {
      operator: 'retry-scheduler',
      sent_time: NOW.toISOString(),
      updates: toCancelUpdates([attempt], 'CANCELLED', NOW),
    },
  ],
  ['queue-marker', toQueueMarker('heartbeat-monitor', NOW)],
  ['event', toEvent('subtask', 'COMPLETED', { task_id: job.task_id, subtasks: job.subtasks }, NOW)],
  ['dead-letter', deadLetter],
  [
    'progress-update',
    toProgressUpdate({
      task_id: job.task_id,
      status: 'RUNNING',
      seq: 1,
      timestamp: NOW.toISOString(),
      progress: toProgress(256, NO_TOUCHED, false),
      estimated_remaining: null,
    }),
  ],
  ['webhook-body', toWebhookBody(alert, delivery)],
  ['task-webhook-body', toTaskWebhookBody(taskEnd, delivery)],
  ['change-webhook-body', toChangeWebhookBody({ webhook_id: job.task_id, name: 'hook' }, [change], NOW)],
])('a %s of this system is valid', (name, message) => {
  expect(findFaults(name, message)).toEqual([]);
});

const VALUES = [null, true, -1, 0, 1.5, 70_000, '', 'x', 'X'.repeat(2_001), [], ['x'], {}, new Array(10_001).fill(1)];

/** Copies of a message, each with one field left out or with another value. */
function* mutate(value: unknown): Generator<unknown> {
  yield* VALUES;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const replace = (child?: unknown) => {
      const copy = structuredClone(value) as Record<string, unknown>;
      if (child === undefined) delete copy[key];
      else copy[key] = child;
      return Array.isArray(value) ? Object.values(copy) : copy;
    };
    yield replace();
    for (const child of mutate((value as Record<string, unknown>)[key])) yield replace(child);
  }
}

const [envelope] = examplesOf('Updates');
const [update] = envelope!['updates'] as Example[];
const failed = { ...update, ...examplesOf('Updates')[1], reason: 'no route' };
const withFindings = { ...update, ...examplesOf('Updates')[2] };

it.each<[string, Example]>([
  ...examples,
  ['node-envelope', { ...envelope, updates: [failed] }],
  ['node-envelope', { ...envelope, updates: [withFindings] }],
])('a %s with one wrong field is refused by the JSON Schema if, and only if, zod refuses it', (name, example) => {
  const { schema } = MESSAGES.find((message) => message.name === name)!;
  const verdicts = [example, ...mutate(example)].map((message) => ({
    message,
    zod: schema.safeParse(message).success,
    json: findFaults(name, message).length === 0,
  }));
  expect(verdicts.filter(({ zod, json }) => zod !== json)).toEqual([]);
  expect(verdicts.some(({ zod }) => zod) && verdicts.some(({ zod }) => !zod)).toBe(true);
});
