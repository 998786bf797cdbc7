import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import type { TestStack } from './test-stack';

let system: TestStack;

beforeAll(async () => {
  // Each scan lasts: the fleet is the bottleneck, 150 addresses a second at most.
  const node = { SCANNER: 'noop', SCAN_MS: '400', CAPACITY: '30' };
  system = await startLightStack({ nodes: { 'node-a': node, 'node-b': node } });
});

afterAll(() => system?.stop());

const LIMIT_MS = 600_000;

/** Half a minute of the fleet's time. */
const BIG = 4_000;

it(
  'ends a task of 10 targets before half of the one of 4,000 that was started first',
  async () => {
    const { api } = system;
    const big = await api.createTask({ task_target: '127.10.0.0-127.10.15.159' });
    expect(big.progress.total_targets).toBe(BIG);
    const bigWatching = await api.watch(big.task_id);
    await bigWatching.waitFor(({ counts }) => counts.completed_count >= 250);

    const small = await api.createTask({ task_target: '127.20.0.1-10' });
    const smallWatching = await api.watch(small.task_id);
    await smallWatching.waitFor(({ status }) => status === 'COMPLETED');
    smallWatching.close();
    const { progress, status } = await api.getTask(big.task_id);
    expect(status).toBe('RUNNING');
    expect(progress.completed_count).toBeLessThan(BIG / 2);
    await assertConsistent(api, small.task_id);

    expect(await api.command(big.task_id, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    await bigWatching.waitFor(({ counts }) => counts.completed_count + counts.cancelled_count === BIG, LIMIT_MS);
    bigWatching.close();
    await waitUntilSettled(api, big.task_id);
    const { task } = await assertConsistent(api, big.task_id);
    expect(task.progress).toMatchObject({ failed_count: 0, timeout_count: 0, total_targets: BIG });
  },
  LIMIT_MS,
);

it(
  'accepts a task of 16 million targets at once, runs it, and cancels it at once',
  async () => {
    const { api } = system;
    const total = 2 ** 24 - 2 ** 16;
    const { task_id, progress } = await api.createTask({ task_target: '127.0.0.0/8', exclude_target: '127.9.0.0/16' });
    expect(progress).toMatchObject({ total_targets: total, pending_count: total });

    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count >= 500);
    // Permuted order: the first few hundred come from all over the network.
    const [page] = [await api.findSubTasks(task_id, { status: 'COMPLETED' })];
    expect(page.length).toBeGreaterThanOrEqual(500);
    expect(new Set(page.map(({ ip }) => ip.split('.')[1])).size).toBeGreaterThan(100);
    expect(page.filter(({ ip }) => ip.startsWith('127.9.'))).toEqual([]);

    expect(await api.command(task_id, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    const end = await watching.waitFor(({ counts, status }) => {
      return status === 'CANCELLED' && counts.completed_count + counts.cancelled_count === total;
    });
    watching.close();
    // What was cancelled was not scanned.
    expect(end.update.progress).toBeLessThan(1);
    const task = await waitUntilSettled(api, task_id);
    expect(task.progress.completed_count).toBeLessThan(100_000);
    expect(task.progress.completed_count + task.progress.cancelled_count).toBe(total);
  },
  LIMIT_MS,
);

it(
  'serves tasks by their priority',
  async () => {
    const { api } = system;
    const create = (task_target: string, priority: number) => api.createTask({ task_target, config: { priority } });
    const low = await create('127.30.0.0-127.30.6.63', 1);
    const high = await create('127.31.0.0-127.31.3.191', 10);
    await waitUntilSettled(api, high.task_id, LIMIT_MS);
    await api.command(low.task_id, 'cancel');
    await waitUntilSettled(api, low.task_id);
    const { task, subTasks } = await assertConsistent(api, high.task_id);
    expect(task.progress.completed_count).toBe(960);
    const { subTasks: others } = await assertConsistent(api, low.task_id);
    expect(others.filter(({ status }) => status === 'CANCELLED').length).toBeGreaterThan(0);

    const ends = subTasks.map(({ completed_time }) => completed_time!).sort();
    // What went out before there was a choice is done by then; the last tenth may wait at a slow node.
    const [from, to] = [ends[479]!, ends[863]!];
    const meanwhile = others.filter(({ completed_time: end }) => end !== undefined && end > from && end <= to);
    // One of the low task's for ten of the 384 since, not one for one.
    expect(meanwhile.filter(({ status }) => status === 'COMPLETED').length).toBeLessThan(192);
  },
  LIMIT_MS,
);
