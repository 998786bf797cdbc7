import { createLogger } from '@cyberstroll/runtime';
import type { TaskWrite } from '@cyberstroll/store';
import { createRollUpLoop } from './roll-up-loop';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const BEGIN = { status: 'RUNNING', reason: 'begun' };
const END = { status: 'COMPLETED', reason: 'done' };

const toTaskIds = (count: number) => Array.from({ length: count }, (_, i) => `task-${i}`);

/**
 * A loop over a store that notes what is asked of it. A read takes `tookMs`, an end `transitionMs`. Tasks in `due` end.
 * Those in `colliding` do not end together with others.
 */
function setUp({ tookMs = 0, transitionMs = 0 } = {}) {
  const reads: { taskIds: readonly string[]; at: number }[] = [];
  const published: { taskId: string; status: string }[] = [];
  const transitions: string[] = [];
  const ends: string[][] = [];
  const writes: { taskIds: string[]; at: number }[] = [];
  const due = new Set<string>();
  const colliding = new Set<string>();
  /** The number of touches of each task, and the one that its document shows. */
  const seqs = new Map<string, number>();
  const shown = new Map<string, number>();
  /** Tasks without a node that has touched them; tasks that another one changes before the next write. */
  const queued = new Set<string>();
  const changed = new Set<string>();
  const events: string[] = [];
  /** Events that cannot be sent, each once. */
  const unsent = new Set<string>();
  /** The roll-up of a task that is due. */
  function rollUp(task_id: string) {
    const transition = queued.delete(task_id) ? BEGIN : END;
    due.delete(task_id);
    return { snapshot: { task_id, status: transition.status, timestamp: 0 }, transitions: [transition] };
  }
  const wait = (ms: number) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined);
  const loop = createRollUpLoop({
    store: {
      tasks: {
        async findRollUps(taskIds: readonly string[]) {
          reads.push({ taskIds, at: performance.now() });
          const found = taskIds.map((task_id) => ({ task_id, seq: seqs.get(task_id) ?? 0 }));
          await wait(tookMs);
          return found.map(({ task_id, seq }) => {
            const isDue = due.has(task_id) || queued.has(task_id);
            const hasWrite = !isDue && seq > (shown.get(task_id) ?? 0);
            const snapshot = { task_id, status: queued.has(task_id) ? 'QUEUED' : 'RUNNING', timestamp: 0 };
            const write = { task: { task_id, rev: seq }, transitions: [], changes: { set: {}, unset: [] } };
            return { snapshot, isDue, ...(hasWrite && { write }) };
          });
        },
        async calculateTaskProgress(taskId: string) {
          if (taskId === 'task-bad') throw new Error('bad');
          transitions.push(taskId);
          const rolledUp = rollUp(taskId);
          await wait(transitionMs);
          return rolledUp;
        },
        async transitionTasks(taskIds: readonly string[]) {
          ends.push([...taskIds]);
          if (taskIds.includes('task-bad')) throw new Error('bad');
          if (taskIds.some((taskId) => colliding.has(taskId))) return { rolledUp: [], left: taskIds };
          const rolledUp = taskIds.map(rollUp);
          await wait(transitionMs);
          return { rolledUp, left: [] };
        },
        async writeProgress(some: readonly TaskWrite[]) {
          writes.push({ taskIds: some.map(({ task }) => task.task_id), at: performance.now() });
          const left = some.map(({ task }) => task.task_id).filter((taskId) => changed.delete(taskId));
          for (const { task } of some) if (!left.includes(task.task_id)) shown.set(task.task_id, task.rev);
          return left;
        },
      },
    } as never,
    realtime: {
      publishProgress: async ({ task_id, status }: { task_id: string; status: string }) =>
        published.push({ taskId: task_id, status }),
    } as never,
    publisher: {
      tryPublish(_exchange: string, key: string) {
        if (unsent.delete(key)) throw new Error('not sent');
        return events.push(key) > 0;
      },
    } as never,
    progressIntervalMs: 25,
    rollUpIntervalMs: 1_000,
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
  });
  function touch(taskIds: readonly string[]) {
    for (const taskId of taskIds) seqs.set(taskId, (seqs.get(taskId) ?? 0) + 1);
    loop.touch(taskIds);
  }
  /** Touches all of them every 20 ms, as batches do. */
  async function touchFor(ms: number, taskIds: readonly string[]) {
    for (let passed = 0; passed < ms; passed += 20) {
      touch(taskIds);
      await jest.advanceTimersByTimeAsync(20);
    }
  }
  /** The tasks whose document shows their last touch. */
  const countShown = () => [...seqs].filter(([taskId, seq]) => shown.get(taskId) === seq).length;
  return {
    loop,
    reads,
    published,
    transitions,
    ends,
    writes,
    due,
    colliding,
    queued,
    changed,
    events,
    unsent,
    touch,
    touchFor,
    countShown,
  };
}

it('reads a task at once, then once per interval, and once more after the last touch', async () => {
  const { reads, touch, touchFor } = setUp();
  const touchedAt = performance.now();
  await touchFor(1_960, ['task-0']);
  expect(reads[0]!.at - touchedAt).toBeLessThanOrEqual(1);
  expect(reads.length).toBeGreaterThanOrEqual(60);
  expect(reads.length).toBeLessThanOrEqual(81);
  touch(['task-0']);
  const before = reads.length;
  await jest.advanceTimersByTimeAsync(2_000);
  expect(reads.length).toBe(before + 1);
});

it('writes the progress of one task once a second, and once more after the last touch', async () => {
  const { writes, touchFor, countShown } = setUp();
  await touchFor(1_960, ['task-0']);
  expect(writes).toHaveLength(2);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(countShown()).toBe(1);
  expect(writes).toHaveLength(3);
});

it('reads all tasks that were touched meanwhile by one command, of 500 at most', async () => {
  const { reads, touch } = setUp();
  touch(toTaskIds(1_200));
  await jest.advanceTimersByTimeAsync(100);
  expect(reads.map(({ taskIds }) => taskIds.length)).toEqual([500, 500, 200]);
  expect(new Set(reads.flatMap(({ taskIds }) => taskIds)).size).toBe(1_200);
});

it('takes a quarter of the time at most, whatever a read takes, with pauses of half a second at most', async () => {
  const fast = setUp({ tookMs: 50 });
  await fast.touchFor(5_000, toTaskIds(300));
  expect(fast.reads.length).toBeGreaterThanOrEqual(23);
  expect(fast.reads.length).toBeLessThanOrEqual(26);
  const slow = setUp({ tookMs: 500 });
  await slow.touchFor(10_000, ['task-0']);
  expect(slow.reads.length).toBeGreaterThanOrEqual(9);
  expect(slow.reads.length).toBeLessThanOrEqual(11);
});

it('writes the progress of many tasks 50 times a second, the longest unwritten first', async () => {
  const { writes, touch, touchFor, countShown } = setUp();
  await touchFor(4_980, toTaskIds(200));
  expect(writes.map(({ taskIds }) => taskIds.length)).toEqual([50, 50, 50, 50, 50]);
  expect(new Set(writes.slice(0, 4).flatMap(({ taskIds }) => taskIds)).size).toBe(200);
  touch(toTaskIds(200));
  await jest.advanceTimersByTimeAsync(6_000);
  expect(countShown()).toBe(200);
});

it('writes the progress of each task every ten seconds, however many move', async () => {
  const { writes, touchFor } = setUp();
  await touchFor(11_500, toTaskIds(2_000));
  const written = writes.flatMap(({ taskIds }) => taskIds);
  expect(new Set(written).size).toBe(2_000);
  expect(written.length).toBeLessThanOrEqual(12 * 200);
});

it('reads tasks again that have changed since they were read', async () => {
  const { reads, writes, changed, touch, countShown } = setUp();
  changed.add('task-1');
  touch(toTaskIds(3));
  await jest.advanceTimersByTimeAsync(200);
  expect(reads.map(({ taskIds }) => taskIds.length)).toEqual([3, 1]);
  expect([writes.length, countShown()]).toEqual([1, 2]);
  await jest.advanceTimersByTimeAsync(2_000);
  expect([writes.length, countShown()]).toEqual([2, 3]);
});

it('makes tasks RUNNING together with those that end, and publishes each once', async () => {
  const { reads, published, ends, writes, due, queued, events, touch } = setUp();
  for (const taskId of ['task-0', 'task-1']) queued.add(taskId);
  due.add('task-2');
  touch(toTaskIds(3));
  await jest.advanceTimersByTimeAsync(200);
  expect(ends).toEqual([toTaskIds(3)]);
  // The control message of the one that ended, and three events.
  expect(events.toSorted()).toEqual(['', 'task.completed', 'task.running', 'task.running']);
  const statuses = (taskId: string) => published.filter((each) => each.taskId === taskId).map(({ status }) => status);
  expect(toTaskIds(3).map(statuses)).toEqual([
    ['QUEUED', 'RUNNING'],
    ['QUEUED', 'RUNNING'],
    ['RUNNING', 'COMPLETED'],
  ]);
  expect([reads.length, writes.length]).toEqual([1, 0]);
});

it('ends tasks while it reads others, and publishes the progress before', async () => {
  const { reads, published, ends, writes, due, touch } = setUp({ transitionMs: 300 });
  due.add('task-0');
  touch(['task-0', 'task-1']);
  await jest.advanceTimersByTimeAsync(100);
  touch(['task-1']);
  await jest.advanceTimersByTimeAsync(100);
  expect(reads).toHaveLength(2);
  expect(published.filter(({ taskId }) => taskId === 'task-0')).toEqual([{ taskId: 'task-0', status: 'RUNNING' }]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ends).toEqual([['task-0']]);
  expect(published.at(-1)).toEqual({ taskId: 'task-0', status: 'COMPLETED' });
  expect(writes.flatMap(({ taskIds }) => taskIds)).not.toContain('task-0');
});

it('ends many tasks together, 100 at most, one transaction at a time, and reports each once', async () => {
  const { ends, transitions, published, events, due, touch } = setUp({ transitionMs: 50 });
  for (const taskId of toTaskIds(250)) due.add(taskId);
  touch(toTaskIds(250));
  await jest.advanceTimersByTimeAsync(40);
  // A task that moves while it waits for its end is not ended twice.
  touch(toTaskIds(250));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ends.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(new Set(ends.flat()).size).toBe(250);
  expect(published.filter(({ status }) => status === 'COMPLETED')).toHaveLength(250);
  expect(events.filter((key) => key === 'task.completed')).toHaveLength(250);
  expect(transitions).toEqual([]);
});

it('reads a task again that moved while it ended', async () => {
  const { ends, due, touch } = setUp({ transitionMs: 300 });
  due.add('task-0');
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(100);
  due.add('task-0');
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(100);
  expect(ends).toEqual([['task-0']]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ends).toEqual([['task-0'], ['task-0']]);
});

it('ends a task that moves again after its change could not be published', async () => {
  const { ends, queued, due, events, unsent, touch } = setUp();
  queued.add('task-0');
  unsent.add('task.running');
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(200);
  due.add('task-0');
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(200);
  expect(ends).toEqual([['task-0'], ['task-0']]);
  expect(events).toEqual(['task.completed', '']);
});

it.each([
  ['another writer interferes', 'task-0', toTaskIds(21)],
  ['that fails', 'task-bad', toTaskIds(21).slice(1)],
])('ends tasks one by one if %s', async (_, bad, ended) => {
  const { reads, ends, transitions, events, due, colliding, touch } = setUp();
  const taskIds = [bad, ...toTaskIds(21).slice(1)];
  for (const taskId of taskIds) due.add(taskId);
  colliding.add(bad);
  touch(taskIds);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ends).toEqual([taskIds]);
  expect(transitions).toEqual(ended);
  expect(events.filter((key) => key === 'task.completed')).toHaveLength(ended.length);
  // The one that fails is left to the sweep of retry-scheduler: nothing is tried again and again.
  expect(reads).toHaveLength(1);
});

it('gives up a read that hangs, and reads what is touched later', async () => {
  const { reads, touch } = setUp({ tookMs: 3_600_000 });
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(100);
  touch(['task-1']);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(reads.map(({ taskIds }) => taskIds)).toEqual([['task-0'], ['task-1']]);
});

it('stops, though a read does not end', async () => {
  const { loop, reads, touch } = setUp({ tookMs: 3_600_000 });
  touch(['task-0']);
  await jest.advanceTimersByTimeAsync(10);
  expect(reads).toHaveLength(1);
  const stopped = loop.stop();
  await jest.advanceTimersByTimeAsync(3_000);
  await stopped;
});

it('publishes, changes and writes what is left when it stops', async () => {
  const { loop, published, ends, due, touch, countShown } = setUp();
  await loop.start();
  due.add('task-0');
  touch(toTaskIds(700));
  await loop.stop();
  expect(new Set(published.map(({ taskId }) => taskId)).size).toBe(700);
  expect(ends).toEqual([['task-0']]);
  expect(countShown()).toBe(699);
});
