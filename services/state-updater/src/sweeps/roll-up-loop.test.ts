import { createLogger } from '@cyberstroll/runtime';
import { createRollUpLoop } from './roll-up-loop';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const toTaskIds = (count: number) => Array.from({ length: count }, (_, i) => `task-${i}`);

/** A loop that notes which tasks it looks at. A look takes `tookMs`. */
function setUp({ tookMs = 0 } = {}) {
  const looks: { taskId: string; at: number; write: boolean }[] = [];
  let touchedAt = 0;
  const loop = createRollUpLoop({
    store: {
      tasks: {
        async calculateTaskProgress(taskId: string, _operator: string, { write }: { write: boolean }) {
          looks.push({ taskId, at: performance.now(), write });
          if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
          return { snapshot: {}, isWritten: write, steps: [] };
        },
      },
    } as never,
    realtime: { publishProgress: async () => undefined } as never,
    publisher: {} as never,
    progressIntervalMs: 25,
    rollUpIntervalMs: 1_000,
    logger: createLogger({ service: 'test', instance: 'test', level: 'silent' }),
  });
  /** Touches all of them every 20 ms, as batches do. */
  async function touchFor(ms: number, taskIds: readonly string[]) {
    for (let passed = 0; passed < ms; passed += 20) {
      loop.touch(taskIds);
      touchedAt = performance.now();
      await jest.advanceTimersByTimeAsync(20);
    }
  }
  /** The tasks that were looked at after the last touch of all, and of these the ones that were written. */
  const findUpToDate = () => {
    const late = looks.filter(({ at }) => at >= touchedAt);
    const count = (some: typeof late) => new Set(some.map(({ taskId }) => taskId)).size;
    return { published: count(late), written: count(late.filter(({ write }) => write)) };
  };
  return { loop, looks, touchFor, findUpToDate };
}

it('publishes the progress of a task that moves once per interval, writes it once a second, and both after the last touch', async () => {
  const { looks, touchFor, findUpToDate } = setUp();
  await touchFor(1_960, ['task-0']);
  expect(looks.length).toBeGreaterThanOrEqual(60);
  expect(looks.length).toBeLessThanOrEqual(81);
  expect(looks.filter(({ write }) => write)).toHaveLength(2);
  await jest.advanceTimersByTimeAsync(50);
  expect(findUpToDate().published).toBe(1);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(findUpToDate()).toEqual({ published: 1, written: 1 });
  expect(looks.filter(({ write }) => write)).toHaveLength(3);
  expect(looks.length).toBeLessThanOrEqual(84);
});

it('thins out where many tasks move: 500 looks a second, 200 of them write, every task at last', async () => {
  const { looks, touchFor, findUpToDate } = setUp();
  const taskIds = toTaskIds(1_000);
  await touchFor(10_000, taskIds);
  expect(looks.length).toBeGreaterThanOrEqual(4_500);
  expect(looks.length).toBeLessThanOrEqual(5_001);
  // Each task is written at its first look, too.
  expect(looks.filter(({ write }) => write).length).toBeLessThanOrEqual(taskIds.length + 2_000);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(findUpToDate()).toEqual({ published: taskIds.length, written: taskIds.length });
});

it('looks less often where a look takes long', async () => {
  const { looks, touchFor } = setUp({ tookMs: 20 });
  await touchFor(2_000, ['task-0']);
  expect(looks.length).toBeGreaterThanOrEqual(20);
  expect(looks.length).toBeLessThanOrEqual(28);
});

it('stops, though a look does not end', async () => {
  const { loop, looks } = setUp({ tookMs: 3_600_000 });
  loop.touch(['task-0']);
  await jest.advanceTimersByTimeAsync(10);
  expect(looks).toHaveLength(1);
  const stopped = loop.stop();
  await jest.advanceTimersByTimeAsync(3_000);
  await stopped;
});

it('publishes and writes what is left when it stops', async () => {
  const { loop, looks } = setUp();
  await loop.start();
  loop.touch(['task-0']);
  await loop.stop();
  expect(looks).toMatchObject([{ taskId: 'task-0', write: true }]);
});
