import { createUnsettledWatch } from './unsettled-watch';

function setUp(...answers: (boolean | Error)[]) {
  const hasUnsettled = jest.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  });
  return { hasUnsettled, ...createUnsettledWatch({ tasks: { hasUnsettled } as never }) };
}

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
afterEach(() => jest.useRealTimers());

it('asks once a second, whichever sweeps want to know, and at once after a change', async () => {
  const { hasUnsettled, hasAny, noteChange } = setUp(true, false, true);
  jest.advanceTimersByTime(1);
  expect(await Promise.all([hasAny(), hasAny()])).toEqual([true, true]);
  expect(hasUnsettled).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1_000);
  expect(await hasAny()).toBe(false);
  noteChange();
  expect(await hasAny()).toBe(true);
});

it('does not use an answer that may be older than a change', async () => {
  const { hasAny, noteChange } = setUp(false, true);
  const before = hasAny();
  noteChange();
  expect(await before).toBe(false);
  expect(await hasAny()).toBe(true);
});

it('asks again after a failure', async () => {
  const { hasAny } = setUp(new Error('MongoDB is away'), true);
  await expect(hasAny()).rejects.toThrow('away');
  expect(await hasAny()).toBe(true);
});
