import { eventually } from '@cyberstroll/testkit';
import { type Api, createApi } from './api';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { type ServiceName, startTestStack, type TestStack } from './test-stack';

let system: TestStack;

const REPLICAS = {
  'task-api': 2,
  dispatcher: 2,
  'state-updater': 3,
  'heartbeat-monitor': 2,
  'retry-scheduler': 2,
  'progress-pusher': 2,
};

beforeAll(async () => {
  // Short enough scans for a few thousand, long enough ones for a kill to come in their midst.
  const node = { SCANNER: 'noop', SCAN_MS: '30', CAPACITY: '32' };
  system = await startTestStack({ replicas: REPLICAS, nodes: { 'node-a': node, 'node-b': node } });
}, 120_000);

afterAll(() => system?.stop(), 60_000);

/** Everything was done once and by the first attempt, whoever died meanwhile. */
async function expectExact(api: Api, taskId: string, total: number) {
  await waitUntilSettled(api, taskId, 40_000);
  const { task, subTasks } = await assertConsistent(api, taskId);
  expect(task).toMatchObject({ status: 'COMPLETED', progress: { total_targets: total, completed_count: total } });
  expect(task.status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
  return subTasks;
}

it('keeps exact counters of two tasks at once, and shows them by every replica', async () => {
  const { api, stack } = system;
  const tasks = await Promise.all([
    api.createTask({ task_target: '127.50.0.0-127.50.11.183' }),
    api.createTask({ task_target: '127.51.0.0-127.51.11.183', config: { order: 'sequential' } }),
  ]);
  for (const { task_id } of tasks) {
    for (const subTask of await expectExact(api, task_id, 3_000)) expect(subTask.attempt).toBe(1);
  }
  const toUrls = (name: ServiceName) => system.find(name).map(({ health_url }) => health_url.replace('/readyz', ''));
  const [apis, pushers] = [toUrls('task-api'), toUrls('progress-pusher')];
  expect(apis).toHaveLength(2);
  for (const [i, api_url] of apis.entries()) {
    const replica = createApi({ ...stack.describe(), api_url, ws_url: pushers[i]!.replace('http', 'ws') });
    expect(await replica.getTask(tasks[0]!.task_id)).toEqual(await api.getTask(tasks[0]!.task_id));
    const watching = await replica.watch(tasks[0]!.task_id);
    const { update } = await watching.waitFor(() => true);
    watching.close();
    expect(update).toMatchObject({ status: 'COMPLETED', counts: { completed_count: 3_000 } });
  }
});

/** Starts a task of 5,000, kills -9 the first replica of each service in its midst, and waits for its exact end. */
async function killInMidTask(names: ServiceName[], network: string) {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: `${network}.0.0-${network}.19.135` });
  const watching = await api.watch(task_id);
  await watching.waitFor(({ counts }) => counts.completed_count >= 500);
  watching.close();
  const victims = names.map((name) => system.find(name)[0]!);
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
    { timeoutMs: 20_000 },
  );
  await expectExact(api, task_id, 5_000);
}

it('reaches the exact result after the kill -9 of a state-updater in mid-task', () =>
  killInMidTask(['state-updater'], '127.52'));

it('reaches the exact result after the kill -9 of a dispatcher in mid-task', () =>
  killInMidTask(['dispatcher'], '127.53'));

it('reaches the exact result after the kill -9 of a replica of every service at once', () =>
  killInMidTask(Object.keys(REPLICAS) as ServiceName[], '127.54'));
