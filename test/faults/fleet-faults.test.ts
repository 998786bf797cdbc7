import type { Alert, Page } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import type { Wire } from '../e2e/api';
import { startLightStack } from '../e2e/light-stack';
import { MOST_MS, type Rig, startRig } from './rig/rig';

const CAPACITY = 32;
/** A node with one free slot takes a whole job. Until the first scans end, a job has a quarter of its slots at most. */
const MOST_HELD = CAPACITY - 1 + CAPACITY / 4;
const NODES = ['node-1', 'node-2', 'node-3', 'node-4'];
/** Those who come back from a silence have half of it for that. */
const HEARTBEAT_TIMEOUT_MS = 15_000;

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({
    // No service is disturbed.
    start: startLightStack,
    nodes: NODES.length,
    // Long enough for much of it to be under way whenever something happens to the fleet.
    scanMs: 20_000,
    serviceEnvironment: {
      'heartbeat-monitor': {
        HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS),
        BREAKER_HOLD_MS: String(MOST_MS),
      },
    },
    // Nor does a node give up its claims.
    nodeEnvironment: { LEASE_MS: String(MOST_MS) },
  });
}, MOST_MS);

afterAll(() => rig?.stop(), MOST_MS);

const CLEAN = { violations: [], lost: 0, double_counted: 0 };
const findNodes = () => NODES.flatMap((name) => rig.find(name));

/** How many subtasks needed each number of attempts. */
async function countAttempts(taskId: string): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { attempt } of (await rig.database.dump(taskId)).subTasks) counts[attempt] = (counts[attempt] ?? 0) + 1;
  return counts;
}

it(
  'F9: the whole fleet dies by kill -9 and is back at once: what it held is done once more, and nothing else',
  async () => {
    // More than the fleet holds when it dies.
    const { task_id, watch } = await rig.begin({ task_target: '127.60.0.1-200' });
    await watch.waitFor(({ counts }) => counts.scanning_count >= 100);
    await Promise.all(findNodes().map((node) => node.kill()));
    expect(await rig.verify()).toMatchObject(CLEAN);
    expect((await rig.api.getTask(task_id)).progress).toMatchObject({ total_targets: 200, completed_count: 200 });
    const { 1: once, 2: twice = 0, ...more } = await countAttempts(task_id);
    expect(more).toEqual({});
    expect(twice).toBeGreaterThan(0);
    expect(twice).toBeLessThanOrEqual(NODES.length * MOST_HELD);
    expect(once! + twice).toBe(200);
  },
  MOST_MS,
);

it(
  'F9: the whole fleet is cut off for longer than the timeout: the breaker holds, and nobody scans anything twice',
  async () => {
    // The breaker does not count ids that are new.
    await eventually(
      async () => {
        const nodes = await rig.api.findNodes();
        const heardMs = nodes.map((node) => Date.parse(String(node.last_seen)) - Date.parse(String(node.first_seen)));
        return Math.min(...heardMs) >= 4 * HEARTBEAT_TIMEOUT_MS;
      },
      { timeoutMs: 300_000, intervalMs: 1_000 },
    );
    const { task_id, watch } = await rig.begin({ task_target: '127.61.0.1-100' });
    await watch.waitFor(({ counts }) => counts.scanning_count >= 75);
    const pids = findNodes().map(({ identity }) => identity!.pid);
    const stoppedAt = Date.now();
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      // A node was silent for longer than the timeout, and kept what it holds.
      await eventually(
        async () => {
          const { items } = await rig.api.get<Page<Wire<Alert>>>('/api/alerts?rule=fleet_silent');
          expect(items.filter(({ updated_time }) => Date.parse(updated_time) > stoppedAt)).toHaveLength(1);
        },
        { timeoutMs: 180_000, intervalMs: 200 },
      );
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    expect(await rig.verify()).toMatchObject(CLEAN);
    expect((await rig.api.getTask(task_id)).progress).toMatchObject({ total_targets: 100, completed_count: 100 });
    expect(await countAttempts(task_id)).toEqual({ 1: 100 });
  },
  MOST_MS,
);
