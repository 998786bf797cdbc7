import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type AllTasksSubscriber, createAllTasksChannel } from './all-tasks-channel';
import { type Batch, toMessage } from './batch';

const TASKS = 1_000;
const toSnapshot = (task: number, seq: number, status = 'RUNNING'): ProgressSnapshot =>
  ({ task_id: `t${task}`, seq, rev: 0, status, progress: {} }) as unknown as ProgressSnapshot;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** With this many open tasks. */
async function setup(tasks: number) {
  let publish: (snapshot: ProgressSnapshot) => void = () => undefined;
  const marks = Array.from({ length: tasks }, (_, task) => ({ task_id: `t${task}`, rev: 0, progress_seq: 0 }));
  const channel = createAllTasksChannel({
    realtime: {
      async subscribeAllProgress(listen) {
        publish = listen;
        return async () => undefined;
      },
    },
    findOpen: async (_, after) => (after === undefined ? marks : []),
    findSnapshots: async (taskIds) => taskIds.map((id) => toSnapshot(Number(id.slice(1)), 0)),
    countSnapshot: () => undefined,
    pushIntervalMs: 20,
    logger: { warn: () => undefined, debug: () => undefined } as never,
  });
  await channel.ready();
  return { channel, publish: (snapshot: ProgressSnapshot) => publish(snapshot) };
}

function createReader() {
  const batches: Batch[] = [];
  const reader: AllTasksSubscriber = { push: (batch) => batches.push(batch), tick: () => undefined };
  return { reader, batches, read: () => batches.map((batch) => batch.map(({ task_id, seq }) => `${task_id}:${seq}`)) };
}

it('200 subscribers to 1,000 tasks that change each second get four batches a second, each made once', async () => {
  const { channel, publish } = await setup(TASKS);
  const readers = Array.from({ length: 200 }, createReader);
  for (const { reader } of readers) channel.join(reader);
  await jest.advanceTimersByTimeAsync(300);
  const [one] = readers;
  expect(one!.batches.map((batch) => batch.length)).toEqual([TASKS]);
  for (let ms = 0; ms < 5_000; ms++) {
    publish(toSnapshot(ms % TASKS, 1 + Math.floor(ms / TASKS)));
    await jest.advanceTimersByTimeAsync(1);
  }
  await jest.advanceTimersByTimeAsync(300);
  for (const { batches } of readers) {
    expect(batches.length).toBeLessThanOrEqual(1 + 21);
    expect(batches.every((batch, i) => batch === one!.batches[i])).toBe(true);
  }
  expect(one!.batches.slice(1).flat()).toHaveLength(5_000);
  expect(toMessage(one!.batches[1]!)).toBe(toMessage(one!.batches[1]!));
  await channel.stop();
});

it('one who joins gets the open tasks in one batch, and the others nothing', async () => {
  const { channel, publish } = await setup(3);
  const [early, late] = [createReader(), createReader()];
  channel.join(early.reader);
  await jest.advanceTimersByTimeAsync(300);
  publish(toSnapshot(0, 1));
  channel.join(late.reader);
  await jest.advanceTimersByTimeAsync(300);
  expect(early.read()).toEqual([['t2:0', 't1:0', 't0:0'], ['t0:1']]);
  expect(late.read()).toEqual([['t2:0', 't1:0', 't0:1']]);
  channel.join(createReader().reader);
  await jest.advanceTimersByTimeAsync(300);
  expect([early, late].map(({ batches }) => batches.length)).toEqual([2, 1]);
  await channel.stop();
});

it('one who names tasks gets these alone: their present frames, then their changes', async () => {
  const { channel, publish } = await setup(3);
  const { reader, read } = createReader();
  const seat = channel.join(reader, { willName: true });
  publish(toSnapshot(0, 1));
  await jest.advanceTimersByTimeAsync(300);
  expect(read()).toEqual([]);
  seat.name(['t0', 't1', 'unknown']);
  publish(toSnapshot(2, 1));
  publish(toSnapshot(1, 1));
  await jest.advanceTimersByTimeAsync(300);
  publish(toSnapshot(0, 2, 'COMPLETED'));
  await jest.advanceTimersByTimeAsync(300);
  seat.name(['t1', 't2']);
  await jest.advanceTimersByTimeAsync(300);
  expect(read()).toEqual([['t0:1', 't1:1'], ['t0:2'], ['t2:1']]);
  seat.leave();
  publish(toSnapshot(1, 2));
  await jest.advanceTimersByTimeAsync(300);
  expect(read()).toHaveLength(3);
  await channel.stop();
});

it('a batch is a JSON array of progress updates', () => {
  const frames = ['{"a":1}', '{"b":2}'].map((bytes) => ({ bytes: Buffer.from(bytes) }) as never);
  expect([[], frames.slice(1), frames].map((batch) => String(toMessage(batch)))).toEqual([
    '[]',
    '[{"b":2}]',
    '[{"a":1},{"b":2}]',
  ]);
});
