import type { ServiceProcess } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { type Api, createApi } from './api';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { SERVICES, type ServiceName, startTestStack, type TestStack } from './test-stack';

let system: TestStack;

/** Of every service, and scanner nodes. `REPLICAS=4` is the long form. */
const REPLICAS = Number(process.env['REPLICAS'] ?? 2);

beforeAll(async () => {
  // At most 128 addresses a second: a kill comes in the midst of 1,500, also if this process stands still for a while.
  const node = { SCANNER: 'noop', SCAN_MS: String(250 * REPLICAS), CAPACITY: '32' };
  system = await startTestStack({
    replicas: Object.fromEntries(SERVICES.map((name) => [name, REPLICAS])),
    nodes: Object.fromEntries(Array.from({ length: REPLICAS }, (_, i) => [`node-${i + 1}`, node])),
  });
});

afterAll(() => system?.stop());

/** Every target counts once, whoever died meanwhile. */
async function expectExact(api: Api, taskId: string, total: number): Promise<void> {
  await waitUntilSettled(api, taskId, 240_000);
  const { task } = await assertConsistent(api, taskId);
  expect(task).toMatchObject({ status: 'COMPLETED', progress: { total_targets: total, completed_count: total } });
  expect(task.status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
}

it('ends two tasks exactly after kill -9 of a replica of each service at once, and each replica shows it', async () => {
  const { api, stack } = system;
  const [killed, { task_id: other }] = await Promise.all([
    api.createTask({ task_target: '127.54.0.0-127.54.5.219' }),
    api.createTask({ task_target: '127.51.0.0-127.51.1.243', config: { order: 'sequential' } }),
  ]);
  const watching = await api.watch(killed.task_id);
  await watching.waitFor(({ counts }) => counts.completed_count >= 250);
  watching.close();
  const victims = SERVICES.map((name) => system.find(name)[0]!);
  const pids = victims.map(({ identity }) => identity!.pid);
  expect((await api.getTask(killed.task_id)).status).toBe('RUNNING');
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
  await expectExact(api, killed.task_id, 1_500);
  await expectExact(api, other, 500);

  const toUrls = (name: ServiceName) => system.find(name).map(({ health_url }) => health_url.replace('/readyz', ''));
  const [apis, pushers] = [toUrls('task-api'), toUrls('progress-pusher')];
  expect(apis).toHaveLength(REPLICAS);
  for (const [i, api_url] of apis.entries()) {
    const replica = createApi({ ...stack.describe(), api_url, ws_url: pushers[i]!.replace('http', 'ws') });
    await eventually(async () => expect(await replica.getTask(other)).toEqual(await api.getTask(other)));
    const watched = await replica.watch(other);
    const { update } = await watched.waitFor(() => true);
    watched.close();
    expect(update).toMatchObject({ status: 'COMPLETED', counts: { completed_count: 500 } });
  }
});

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

it('reaches the exact result with one of each service, and with all of them again, scaled as a task runs', async () => {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: '127.60.0.0-127.60.3.231' });
  const watching = await api.watch(task_id);
  await watching.waitFor(({ counts }) => counts.completed_count > 0);
  watching.close();
  for (const replicas of [1, REPLICAS]) {
    await scaleTo(replicas);
    for (const processes of findReplicas()) {
      expect(processes.filter(({ identity }) => identity !== undefined)).toHaveLength(replicas);
    }
  }
  await expectExact(api, task_id, 1_000);
});
