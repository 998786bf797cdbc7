import { eventually } from '@cyberstroll/testkit';
import { HEARTBEAT_TIMEOUT_MS, type Rig, startRig } from './rig/rig';

const TOTAL = 250;
const CAPACITY = 32;
const NODES = ['node-1', 'node-2', 'node-3', 'node-4'];

let rig: Rig;

beforeAll(async () => {
  // Long enough for much of it to be under way whenever something happens to the fleet.
  rig = await startRig({ nodes: NODES.length, scanMs: 8_000 });
}, 120_000);

afterAll(() => rig?.stop(), 60_000);

const CLEAN = { violations: [], lost: 0, double_counted: 0 };
const findNodes = () => NODES.flatMap((name) => rig.find(name));
const last = (ms: number, since = performance.now()) =>
  eventually(() => performance.now() - since > ms, { timeoutMs: ms + 5_000 });

/** How many subtasks needed each number of attempts. */
async function countAttempts(taskId: string): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { attempt } of (await rig.database.dump(taskId)).subTasks) counts[attempt] = (counts[attempt] ?? 0) + 1;
  return counts;
}

it('F9: the whole fleet dies by kill -9 and is back at once: what it held is done once more, and nothing else', async () => {
  const { task_id, watch } = await rig.begin({ task_target: '127.60.0.1-250' });
  await watch.waitFor(({ counts }) => counts.scanning_count >= 100);
  await Promise.all(findNodes().map((node) => node.kill()));
  expect(await rig.verify(60_000)).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject({ total_targets: TOTAL, completed_count: TOTAL });
  const { 1: once, 2: twice = 0, ...more } = await countAttempts(task_id);
  expect(more).toEqual({});
  expect(twice).toBeGreaterThan(0);
  expect(twice).toBeLessThanOrEqual(NODES.length * CAPACITY);
  expect(once! + twice).toBe(TOTAL);
}, 120_000);

it('F9: the whole fleet is cut off for longer than the timeout: the breaker holds, and nobody scans anything twice', async () => {
  // The breaker does not count ids that are new.
  await eventually(
    async () => {
      const nodes = await rig.api.findNodes();
      const heardMs = nodes.map((node) => Date.parse(String(node.last_seen)) - Date.parse(String(node.first_seen)));
      return Math.min(...heardMs) >= 4 * HEARTBEAT_TIMEOUT_MS;
    },
    { timeoutMs: 30_000 },
  );
  const { task_id, watch } = await rig.begin({ task_target: '127.61.0.1-250' });
  await watch.waitFor(({ counts }) => counts.scanning_count >= 100);
  const pids = findNodes().map(({ identity }) => identity!.pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await last(2 * HEARTBEAT_TIMEOUT_MS);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  expect(await rig.verify(60_000)).toMatchObject(CLEAN);
  expect((await rig.api.getTask(task_id)).progress).toMatchObject({ total_targets: TOTAL, completed_count: TOTAL });
  expect(await countAttempts(task_id)).toEqual({ 1: TOTAL });
}, 120_000);
