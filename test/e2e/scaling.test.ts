import type { ServiceProcess } from '@cyberstroll/local';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { SERVICES, startTestStack, type TestStack } from './test-stack';

let system: TestStack;

const MOST = 4;

beforeAll(async () => {
  const node = { SCANNER: 'noop', SCAN_MS: '10', CAPACITY: '32' };
  system = await startTestStack({
    replicas: Object.fromEntries(SERVICES.map((name) => [name, MOST])),
    nodes: Object.fromEntries(Array.from({ length: MOST }, (_, i) => [`node-${i + 1}`, node])),
  });
}, 180_000);

afterAll(() => system?.stop(), 90_000);

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
        if (i >= replicas) return replica.stop(15_000);
        if (!replica.identity) replica.start();
        return replica.waitUntilReady(60_000);
      }),
    ),
  );
}

it.each([1, 2, 4])(
  'reaches exact results with %i of every service, scaled while a task runs',
  async (replicas) => {
    const { api } = system;
    const before = await api.createTask({ task_target: `127.60.${replicas}0.0-127.60.${replicas}7.207` });
    await scaleTo(replicas);
    for (const processes of findReplicas()) {
      expect(processes.filter(({ identity }) => identity !== undefined)).toHaveLength(replicas);
    }
    const after = await api.createTask({ task_target: `127.61.${replicas}0.0-127.61.${replicas}7.207` });
    for (const { task_id } of [before, after]) {
      await waitUntilSettled(api, task_id, 60_000);
      const { task } = await assertConsistent(api, task_id);
      expect(task).toMatchObject({ status: 'COMPLETED', progress: { total_targets: 2_000, completed_count: 2_000 } });
    }
  },
  150_000,
);
