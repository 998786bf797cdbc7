import { delay } from '@cyberstroll/runtime';
import { createGridReads } from './grid-reads';

const PARTS = 16;
const TASKS = 5;
const READ_MS = 100;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A reader that notes its reads. Each answer is the time at which it began. */
function open(readMs = READ_MS) {
  const reads = createGridReads<number>();
  const begun: { key: string; at: number }[] = [];
  const noted = { atOnce: 0, most: 0 };
  const read = (key: string) =>
    reads(key, async () => {
      const at = performance.now();
      begun.push({ key, at });
      noted.atOnce += 1;
      noted.most = Math.max(noted.most, noted.atOnce);
      await delay(readMs);
      noted.atOnce -= 1;
      return at;
    });
  return { read, begun, noted };
}

it('50 viewers that read the grids of five tasks after one reload: two reads at a time, and each part once a second at most', async () => {
  const { read, begun, noted } = open();
  async function view(viewer: number): Promise<void> {
    await delay(viewer * 50);
    for (let part = 0; part < PARTS; part++) {
      const asked = performance.now();
      expect(await read(`${viewer % TASKS} ${part}`)).toBeGreaterThanOrEqual(asked);
    }
  }
  const all = Promise.all(Array.from({ length: 50 }, (_, viewer) => view(viewer)));
  await jest.advanceTimersByTimeAsync(60_000);
  await all;
  expect(noted.most).toBe(2);
  // Without sharing they are 800.
  expect(begun.length).toBeLessThan(500);
  for (const [i, { key, at }] of begun.entries()) {
    const later = begun.slice(i + 1).find((other) => other.key === key);
    if (later) expect(later.at - at).toBeGreaterThanOrEqual(1_000);
  }
});

it('who asks while a read is under way shares the next one; a read that fails fails for its own callers alone', async () => {
  const reads = createGridReads<number>();
  let count = 0;
  const read = () =>
    reads('a', async () => {
      count += 1;
      const number = count;
      await delay(READ_MS);
      if (number === 1) throw new Error('no answer');
      return number;
    });
  const first = read();
  const failed = expect(first).rejects.toThrow('no answer');
  await jest.advanceTimersByTimeAsync(READ_MS / 2);
  const [second, third] = [read(), read()];
  await jest.advanceTimersByTimeAsync(2_000);
  await failed;
  expect([await second, await third, count]).toEqual([2, 2, 2]);
});

it('a read that does not get its turn within three seconds is refused, and the turn goes to the next', async () => {
  const { read, begun } = open(10_000);
  const held = [read('a'), read('b')];
  const refused = expect(read('c')).rejects.toMatchObject({ code: 'grid_busy', details: { retry_after_seconds: 3 } });
  await jest.advanceTimersByTimeAsync(3_000);
  await refused;
  await jest.advanceTimersByTimeAsync(6_000);
  const last = read('d');
  await jest.advanceTimersByTimeAsync(11_000);
  await Promise.all([...held, last]);
  expect(begun.map(({ key }) => key)).toEqual(['a', 'b', 'd']);
});
