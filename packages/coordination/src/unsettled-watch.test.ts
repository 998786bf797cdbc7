import { createUnsettledWatch } from './unsettled-watch';

function setUp(...answers: (boolean | Error)[]) {
  const hasUnsettled = jest.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  });
  return { hasUnsettled, ...createUnsettledWatch({ tasks: { hasUnsettled } as never }) };
}

const now = new Date();
const pass = async () => ({ done: 1 });

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
afterEach(() => jest.useRealTimers());

it('runs the passes of all sweeps while a task is unsettled, and asks once a second', async () => {
  const { hasUnsettled, overUnsettled } = setUp(true, false);
  const [fast, slow] = [{ intervalMs: 50, idleMs: 500 }, { intervalMs: 50 }].map((timing) =>
    overUnsettled({ ...timing, sweepOnce: pass }),
  );
  jest.advanceTimersByTime(1);
  for (const { sweepOnce } of [fast!, slow!]) expect(await sweepOnce(now)).toEqual({ done: 1 });
  expect(hasUnsettled).toHaveBeenCalledTimes(1);
  expect([fast!.idleMs(), slow!.idleMs()]).toEqual([500, 50]);
  jest.advanceTimersByTime(1_000);
  for (const { sweepOnce } of [fast!, slow!]) expect(await sweepOnce(now)).toBeUndefined();
  expect(hasUnsettled).toHaveBeenCalledTimes(2);
  expect([fast!.idleMs(), slow!.idleMs()]).toEqual([5_000, 5_000]);
});

it('asks at each pass after a rest while every task is settled, and at once after a change', async () => {
  const { hasUnsettled, hasAny, noteChange } = setUp(false, false, true);
  jest.advanceTimersByTime(1);
  expect(await hasAny()).toBe(false);
  jest.advanceTimersByTime(4_499);
  expect(await hasAny()).toBe(false);
  expect(hasUnsettled).toHaveBeenCalledTimes(1);
  // The timer of the rest may end a moment early.
  jest.advanceTimersByTime(450);
  await hasAny();
  expect(hasUnsettled).toHaveBeenCalledTimes(2);
  noteChange();
  expect(await hasAny()).toBe(true);
});

it('knows for how long no task has changed', async () => {
  const { hasAny, toQuietMs, noteChange } = setUp(true, false);
  jest.advanceTimersByTime(500);
  await hasAny();
  jest.advanceTimersByTime(1_000);
  expect(toQuietMs()).toBe(1_000);
  await hasAny();
  expect(toQuietMs()).toBe(1_000);
  noteChange();
  expect(toQuietMs()).toBe(0);
});

it('does not use an answer that may be older than a change', async () => {
  const { hasAny, noteChange } = setUp(false, true);
  const before = hasAny();
  noteChange();
  expect(await before).toBe(false);
  expect(await hasAny()).toBe(true);
});

it('asks again after a failure', async () => {
  const { overUnsettled } = setUp(new Error('MongoDB is away'), true);
  const { sweepOnce } = overUnsettled({ intervalMs: 50, sweepOnce: pass });
  jest.advanceTimersByTime(1);
  await expect(sweepOnce(now)).rejects.toThrow('away');
  expect(await sweepOnce(now)).toEqual({ done: 1 });
});
