import { createSharedCall, createSharedCalls, createSharedRead } from './shared-call';

/** Calls that the test ends by hand; each resolves with its number. */
function setupCall(keepMs = 0) {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const shared = createSharedCall(
    () =>
      new Promise<number>((resolve, reject) => {
        const call = ends.length + 1;
        ends.push({ resolve: () => resolve(call), reject });
      }),
    { keepMs },
  );
  return { ends, shared };
}
/** A call may begin in the next turn of the event loop. */
async function settle() {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

it('answers each caller by a call that began after it asked; those that wait share one call', async () => {
  const { ends, shared } = setupCall();
  const first = shared();
  await settle();
  const [second, third] = [shared(), shared()];
  await settle();
  expect(ends).toHaveLength(1);
  ends[0]!.resolve();
  expect(await first).toBe(1);
  await settle();
  const fourth = shared();
  ends[1]!.resolve();
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await settle();
  ends[2]!.resolve();
  expect(await fourth).toBe(3);
});

it('rejects for all callers of a shared call that fails, and then calls again', async () => {
  const { ends, shared } = setupCall();
  const first = shared();
  await settle();
  const second = shared();
  ends[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await settle();
  ends[1]!.resolve();
  expect(await second).toBe(2);
});

it('keeps an answer for `keepMs`, but no fault', async () => {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  const { ends, shared } = setupCall(2_000);
  const first = shared();
  await settle();
  ends[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  const second = shared();
  await settle();
  ends[1]!.resolve();
  expect(await second).toBe(2);
  clock.mockReturnValue(1_999);
  expect(await shared()).toBe(2);
  clock.mockReturnValue(2_000);
  const third = shared();
  await settle();
  ends[2]!.resolve();
  expect(await third).toBe(3);
  clock.mockRestore();
});

it('after `drop`, answers by a call that begins from then on, though an earlier one ends later', async () => {
  const { ends, shared } = setupCall(2_000);
  const first = shared();
  await settle();
  shared.drop();
  ends[0]!.resolve();
  expect(await first).toBe(1);
  const second = shared();
  await settle();
  ends[1]!.resolve();
  expect(await second).toBe(2);
  shared.drop();
  const third = shared();
  await settle();
  ends[2]!.resolve();
  expect(await third).toBe(3);
});

it('calls for each key apart, and no longer waits for a call that takes long', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  const ends: ((text: string) => void)[] = [];
  const shared = createSharedCalls<string>({ waitMs: 500 });
  const ask = (key: string) => shared(key, () => new Promise((resolve) => ends.push(resolve)));
  try {
    const [slow, other] = [ask('a'), ask('b')];
    await settle();
    expect(ends).toHaveLength(2);
    const [second, third] = [ask('a'), ask('a')];
    await jest.advanceTimersByTimeAsync(499);
    expect(ends).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1);
    await settle();
    expect(ends).toHaveLength(3);
    for (const [i, end] of ends.entries()) end(`call ${i + 1}`);
    expect(await Promise.all([slow, other, second, third])).toEqual(['call 1', 'call 2', 'call 3', 'call 3']);
  } finally {
    jest.useRealTimers();
  }
});

/** Reads that the test ends by hand. A key is found as the number of the read. */
function setupRead(limit?: number) {
  const reads: { keys: readonly string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const read = createSharedRead(
    (keys) =>
      new Promise<Map<string, number>>((resolve, reject) => {
        const number = reads.length + 1;
        const found = keys.filter((key) => key !== 'unknown').map((key) => [key, number] as const);
        reads.push({ keys, end: () => resolve(new Map(found)), fail: reject });
      }),
    limit,
  );
  return { reads, read };
}
it('reads what was asked for while a read was under way by the next, each key once', async () => {
  const { reads, read } = setupRead();
  const first = read('a');
  await settle();
  const others = [read('a'), read('b'), read('a'), read('unknown')];
  await settle();
  expect(reads).toHaveLength(1);
  reads[0]!.end();
  expect(await first).toBe(1);
  await settle();
  expect(reads[1]!.keys).toEqual(['a', 'b', 'unknown']);
  reads[1]!.end();
  expect(await Promise.all(others)).toEqual([2, 2, 2, undefined]);
});

it('reads no more than the limit at once, in the order in which it was asked', async () => {
  const { reads, read } = setupRead(2);
  const found = Promise.all(['a', 'b', 'c', 'd', 'unknown', 'a'].map(read));
  for (let number = 0; number < 3; number++) {
    await settle();
    reads[number]!.end();
  }
  expect(await found).toEqual([1, 1, 2, 2, undefined, 1]);
  expect(reads.map(({ keys }) => keys)).toEqual([['a', 'b'], ['c', 'd'], ['unknown']]);
});

it('rejects for the callers of a read that fails, and then reads again', async () => {
  const { reads, read } = setupRead();
  const first = read('a');
  await settle();
  const second = read('a');
  reads[0]!.fail(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await settle();
  reads[1]!.end();
  expect(await second).toBe(2);
});
