import { createLogger } from '@cyberstroll/runtime';
import { createRollUpLoop } from './roll-up-loop';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const toTaskIds = (count: number) => Array.from({ length: count }, (_, i) => `task-${i}`);

/** A loop that writes down which tasks it rolls up. */
function setUp() {
  const rolledUp: { taskId: string; at: number }[] = [];
  let touchedAt = 0;
  const loop = createRollUpLoop({
    store: {
      tasks: {
        async calculateTaskProgress(taskId: string) {
          rolledUp.push({ taskId, at: performance.now() });
          return { snapshot: {}, steps: [] };
        },
      },
    } as never,
    realtime: { publishProgress: async () => undefined } as never,
    publisher: {} as never,
    intervalMs: 100,
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
  /** The tasks that were rolled up after the last touch of all. */
  const findUpToDate = () => new Set(rolledUp.filter(({ at }) => at >= touchedAt).map(({ taskId }) => taskId));
  return { rolledUp, touchFor, findUpToDate };
}

it('rolls a task that moves up once per interval, and once more after the last touch', async () => {
  const { rolledUp, touchFor, findUpToDate } = setUp();
  await touchFor(1_000, ['task-0']);
  expect(rolledUp.length).toBeGreaterThanOrEqual(8);
  expect(rolledUp.length).toBeLessThanOrEqual(11);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(findUpToDate().size).toBe(1);
  expect(rolledUp.length).toBeLessThanOrEqual(12);
});

it('thins out where many tasks move: some hundreds of roll-ups a second, every task at last', async () => {
  const { rolledUp, touchFor, findUpToDate } = setUp();
  const taskIds = toTaskIds(1_000);
  await touchFor(10_000, taskIds);
  expect(rolledUp.length).toBeGreaterThanOrEqual(1_500);
  expect(rolledUp.length).toBeLessThanOrEqual(4_000);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(findUpToDate().size).toBe(taskIds.length);
});
