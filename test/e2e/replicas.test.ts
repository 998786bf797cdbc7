import type { ServiceProcess } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { type Api, createApi } from './api';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { SERVICES, type ServiceName, startTestStack, type TestStack } from './test-stack';

let system: TestStack;

/** Of a test with some twenty processes. */
const LIMIT_MS = 400_000;

/** Of every service, and scanner nodes. `REPLICAS=4` is the long form. */
const REPLICAS = Number(process.env['REPLICAS'] ?? 2);

beforeAll(async () => {
  // At most 256 addresses a second: a kill comes in the midst of 4,000, also if this process stands still for a while.
  const node = { SCANNER: 'noop', SCAN_MS: String(125 * REPLICAS), CAPACITY: '32' };
  system = await startTestStack({
    // The result does not depend on how the updates are split.
    environment: { STATE_QUEUES: '3' },
    replicas: Object.fromEntries(SERVICES.map((name) => [name, REPLICAS])),
    nodes: Object.fromEntries(Array.from({ length: REPLICAS }, (_, i) => [`node-${i + 1}`, node])),
  });
}, LIMIT_MS);

afterAll(() => system?.stop());

/** Everything was done once and by the first attempt, whoever died meanwhile. */
async function expectExact(api: Api, taskId: string, total: number) {
  await waitUntilSettled(api, taskId, 240_000);
  const { task, subTasks } = await assertConsistent(api, taskId);
  expect(task).toMatchObject({ status: 'COMPLETED', progress: { total_targets: total, completed_count: total } });
  expect(task.status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
  return subTasks;
}

it(
  'keeps exact counters of two tasks at once, and shows them by every replica',
  async () => {
    const { api, stack } = system;
    const tasks = await Promise.all([
      api.createTask({ task_target: '127.50.0.0-127.50.7.207' }),
      api.createTask({ task_target: '127.51.0.0-127.51.7.207', config: { order: 'sequential' } }),
    ]);
    for (const { task_id } of tasks) {
      for (const subTask of await expectExact(api, task_id, 2_000)) expect(subTask.attempt).toBe(1);
    }
    const toUrls = (name: ServiceName) => system.find(name).map(({ health_url }) => health_url.replace('/readyz', ''));
    const [apis, pushers] = [toUrls('task-api'), toUrls('progress-pusher')];
    expect(apis).toHaveLength(REPLICAS);
    for (const [i, api_url] of apis.entries()) {
      const replica = createApi({ ...stack.describe(), api_url, ws_url: pushers[i]!.replace('http', 'ws') });
      await eventually(async () => {
        expect(await replica.getTask(tasks[0]!.task_id)).toEqual(await api.getTask(tasks[0]!.task_id));
      });
      const watching = await replica.watch(tasks[0]!.task_id);
      const { update } = await watching.waitFor(() => true);
      watching.close();
      expect(update).toMatchObject({ status: 'COMPLETED', counts: { completed_count: 2_000 } });
    }
  },
  LIMIT_MS,
);

it(
  'reaches the exact result after the kill -9 of a replica of every service at once in mid-task',
  async () => {
    const { api } = system;
    const { task_id } = await api.createTask({ task_target: '127.54.0.0-127.54.15.159' });
    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count >= 500);
    watching.close();
    const victims = SERVICES.map((name) => system.find(name)[0]!);
    const pids = victims.map(({ identity }) => identity!.pid);
    expect((await api.getTask(task_id)).status).toBe('RUNNING');
    await Promise.all(victims.map((victim) => victim.kill()));
    await eventually(
      async () => {
        for (const [i, { identity, health_url }] of victims.entries()) {
          expect(identity?.pid).not.toBe(pids[i]);
          expect((await fetch(health_url)).status).toBe(200);
        }
      },
      { timeoutMs: 120_000 },
    );
    await expectExact(api, task_id, 4_000);
  },
  LIMIT_MS,
);

/** Each service's processes; the nodes are one more. */
const findReplicas = (): ServiceProcess[][] => [
  ...SERVICES.map((name) => system.find(name)),
  system.stack.services.filter(({ name }) => name.startsWith('node-')),
];

/** Leaves this number of every service, and of the nodes, running. */
async function scaleTo(replicas: number): Promise<void> {
  await Promise.all(
    findReplicas().flatMap((processes) =>
      processes.map(async (replica, i) => {
        if (i >= replicas) return replica.stop(60_000);
        if (!replica.identity) replica.start();
        return replica.waitUntilReady(120_000);
      }),
    ),
  );
}

it.each([1, REPLICAS])(
  'reaches the exact result with %i of every service, scaled while a task runs',
  async (replicas) => {
    const { api } = system;
    const { task_id } = await api.createTask({ task_target: `127.60.${replicas}0.0-127.60.${replicas}7.207` });
    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count > 0);
    watching.close();
    await scaleTo(replicas);
    for (const processes of findReplicas()) {
      expect(processes.filter(({ identity }) => identity !== undefined)).toHaveLength(replicas);
    }
    await expectExact(api, task_id, 2_000);
  },
  LIMIT_MS,
);
