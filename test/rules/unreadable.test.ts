/**
 * A document of each kind that no code of today can read, written past the services: every sweep, every list and every
 * request that is not about it continues, and an alert names it.
 */
import { type Alert, OPERATIONS, type Page } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { type Connection, createConnection, Types } from 'mongoose';
import type { Wire } from '../e2e/api';
import { startLightStack } from '../e2e/light-stack';
import type { TestStack } from '../e2e/test-stack';

let system: TestStack;
let database: Connection;

beforeAll(async () => {
  system = await startLightStack({
    nodes: { 'node-a': {} },
    environment: {
      SWEEP_INTERVAL_MS: '250',
      METRICS_INTERVAL_MS: '1000',
      AUDIT_INTERVAL_MS: '1000',
      CLEAN_UP_INTERVAL_MS: '1000',
    },
    serviceEnvironment: {
      'heartbeat-monitor': {
        ALERT_INTERVAL_MS: '500',
        // Nobody listens: what is to be delivered waits there.
        TASK_WEBHOOKS: 'http://127.0.0.1:9/hook',
        TASK_WEBHOOK_SECRET: 'a webhook secret of the test',
      },
    },
  });
  database = await createConnection(system.stack.describe().mongodb_uri).asPromise();
});
afterAll(async () => {
  await database?.close();
  await system?.stop();
});

const _id = new Types.ObjectId();
const id = _id.toHexString();
const other = new Types.ObjectId();
const unlabelled = new Types.ObjectId();
const past = new Date(Date.now() - 60_000);
const frozen = { kind: 'blackout', covers: { network: 'nowhere' }, from: past, until: 'later' };
/** Whatever looks for open tasks finds it. */
const open = { status: 'RUNNING', settled: false, target_ranges: [{ first: 4, last: 6 }], cursor: 0 };
const windows = [{ days: ['mon'], from: '25:00', to: 1, time_zone: 'Nowhere' }];

/** The subject of its alert, its collection, and what it has: what sweeps find it by. */
const BROKEN: [subject: string, collection: string, document: Record<string, unknown>][] = [
  [`limit ${id}`, 'limits', { _id, limit_id: id, covers: { network: '::ffff:127.0.0.1' }, max_concurrent: 5 }],
  [`freeze ${id}`, 'freezes', { _id, freeze_id: id, ...frozen }],
  [`exclusion ${id}`, 'exclusions', { _id, exclusion_id: id, target: '::ffff:127.0.0.1', start: past, until: 'never' }],
  [`schedule ${id}`, 'schedules', { _id, schedule_id: id, cron: '* * * * *', due_time: past, next_time: past }],
  [`key ${id}`, 'api_keys', { _id, key_id: id, active: true, networks: ['nowhere'], change: 1_000_000 }],
  [`task ${id}`, 'tasks', { _id, task_id: id, ...open, completed_time: past, started_time: past }],
  [
    `task ${other.toHexString()}`,
    'tasks',
    { _id: other, task_id: other.toHexString(), ...open, config: { pool: 'default', windows, at_close: 'abort' } },
  ],
  [
    `task ${unlabelled.toHexString()}`,
    'tasks',
    {
      _id: unlabelled,
      task_id: unlabelled.toHexString(),
      ...open,
      target_ranges: [{ first: '47f000001', last: '47f000001' }],
      config: { pool: 'default', priority: 5, subtask_timeout: 300 },
      scan: { method: 'connect' },
      progress: { total_targets: 1 },
    },
  ],
  ['node node-z', 'nodes', { node_id: 'node-z', status: 'online', pools: 'default' }],
  [`operation ${id}`, 'operations', { _id, operation_id: id, action: 'pause', state: 'waiting' }],
  [
    `notice ${id}`,
    'task_ends',
    { _id: id, end_id: id, notices: [{ notice_id: 'n', timestamp: past }], deliveries: [] },
  ],
];

const SERVICES = ['task-api', 'dispatcher', 'state-updater', 'heartbeat-monitor', 'retry-scheduler'] as const;
type Passes = Record<string, { passed: number; failed: number }>;

/** By service and sweep: how many passes succeeded, and how many failed. */
async function readSweeps(): Promise<Passes> {
  const sweeps: Passes = {};
  for (const service of SERVICES) {
    const [{ health_url } = { health_url: '' }] = system.find(service);
    const text = await (await fetch(new URL('/metrics', health_url))).text();
    const counters = /^cyberstroll_sweep_(seconds_count|failures_total)\{[^}]*sweep="([\w-]+)"[^}]*\} (\d+)/gm;
    for (const [, counter, sweep, value] of text.matchAll(counters)) {
      const name = `${service} ${sweep}`;
      const known = sweeps[name] ?? { passed: 0, failed: 0 };
      sweeps[name] = { ...known, [counter === 'failures_total' ? 'failed' : 'passed']: Number(value) };
    }
  }
  return sweeps;
}

async function findSubjects(): Promise<string[]> {
  const found = await system.api.get<Page<Wire<Alert>>>('/api/alerts?rule=document_unreadable&state=firing');
  return found.items.map(({ severity, subject }) => `${severity}: ${subject}`).sort();
}

it('stops no sweep, no list and no scan, and a critical alert names it until it is removed by its id', async () => {
  const before = await readSweeps();
  for (const [, collection, document] of BROKEN) {
    await database.collection(collection).insertOne(document as Record<string, never>);
  }
  await eventually(async () =>
    expect(await findSubjects()).toEqual(BROKEN.map(([name]) => `critical: ${name}`).sort()),
  );

  // A scan from its beginning to its end, and a command for many.
  const { task_id } = await system.api.createTask({ task_target: '127.0.0.1/30', labels: ['whole'] });
  // Each read of it is answered.
  for (let status = ''; status !== 'COMPLETED'; ) ({ status } = await system.api.getTask(task_id));
  const bulk = await system.api.call('POST', '/api/tasks/bulk', { action: 'pause', filter: { label: ['whole'] } });
  expect(bulk.status).toBeLessThan(300);
  await eventually(async () => {
    const { items } = await system.api.get<Page<{ state: string }>>('/api/operations');
    expect(items).toMatchObject([{ state: 'done' }]);
  });

  const begun = await readSweeps();
  await eventually(async () => {
    const now = await readSweeps();
    const toCount = ({ passed, failed } = { passed: 0, failed: 0 }) => passed + failed;
    const waiting = Object.keys(now).filter((name) => toCount(now[name]) === toCount(begun[name]));
    expect(waiting).toEqual([]);
  });
  const after = await readSweeps();
  expect(Object.keys(after).filter((name) => after[name]!.failed > (before[name]?.failed ?? 0))).toEqual([]);

  const faults: unknown[] = [];
  for (const { method, path, ...operation } of Object.values(OPERATIONS)) {
    if (method !== 'GET' || path.includes('{') || 'events' in operation) continue;
    // It also compares the answer with the OpenAPI document.
    const answer = await system.api.call('GET', path).catch(({ message }: Error) => ({ status: 500, body: message }));
    if (answer.status >= 500) faults.push([path, answer.body]);
  }
  expect(faults).toEqual([]);

  for (const noun of ['limits', 'freezes', 'exclusions', 'schedules']) {
    // Its body is what was stored, which no schema fits.
    await system.api.call('DELETE', `/api/${noun}/${id}`).catch(() => undefined);
  }
  await eventually(async () => expect((await findSubjects()).join()).not.toMatch(/limit|freeze|exclusion|schedule/));
});
