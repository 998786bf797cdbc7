import { createWhileUnsettled } from './while-unsettled';

function setUp(...answers: (boolean | Error)[]) {
  const hasUnsettled = jest.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  });
  return { hasUnsettled, whileUnsettled: createWhileUnsettled({ tasks: { hasUnsettled } as never }) };
}

const now = new Date();
const pass = async () => ({ done: 1 });

beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
afterEach(() => jest.useRealTimers());

it('runs the passes of all sweeps while a task is unsettled, and asks once a second', async () => {
  const { hasUnsettled, whileUnsettled } = setUp(true, false);
  const sweeps = [whileUnsettled(pass), whileUnsettled(pass)];
  jest.advanceTimersByTime(1);
  for (const sweepOnce of sweeps) expect(await sweepOnce(now)).toEqual({ done: 1 });
  expect(hasUnsettled).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1_000);
  for (const sweepOnce of sweeps) expect(await sweepOnce(now)).toBeUndefined();
  expect(hasUnsettled).toHaveBeenCalledTimes(2);
});

it('asks again after a failure', async () => {
  const { whileUnsettled } = setUp(new Error('MongoDB is away'), true);
  const sweepOnce = whileUnsettled(pass);
  jest.advanceTimersByTime(1);
  await expect(sweepOnce(now)).rejects.toThrow('away');
  expect(await sweepOnce(now)).toEqual({ done: 1 });
});
