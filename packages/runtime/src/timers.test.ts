import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { delay, inTurns, startTimeLimit, within } from './timers';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const untilAborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('a time limit', () => {
  it('comes also if the garbage was collected before, and nobody kept more than its signal', async () => {
    const reason = untilAborted(startTimeLimit(100, new AbortController().signal).signal);
    await delay(1);
    collectGarbage();
    const late = () => new Error('it did not come');
    expect(await within(reason, 10_000, late)).toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with any of the signals, and no more once it is cleared', async () => {
    const stopped = new AbortController();
    const limit = startTimeLimit(3_600_000, stopped.signal);
    const reason = untilAborted(limit.signal);
    stopped.abort('stopped');
    expect(await reason).toBe('stopped');

    const cleared = startTimeLimit(20);
    cleared.clear();
    await delay(40);
    expect(cleared.signal.aborted).toBe(false);
  });
});

it('between two slices of one work, another has its turn; a fault of a slice is the caller’s', async () => {
  const seen: string[] = [];
  function* work(name: string, slices: number) {
    for (let i = 0; i < slices; i++) {
      seen.push(name);
      yield;
    }
    if (slices > 3) throw new RangeError(name);
    return name;
  }
  const [large, small] = await Promise.allSettled([inTurns(work('large', 4)), inTurns(work('small', 2))]);
  expect(seen).toEqual(['large', 'small', 'large', 'small', 'large', 'large']);
  expect([large, small]).toMatchObject([{ reason: { message: 'large' } }, { value: 'small' }]);
});
