import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { delay, startTimeLimit, within } from './timers';

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
