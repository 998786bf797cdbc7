import { createSharedCall } from './shared-call';

/** Calls that the test ends by hand; each resolves with its number. */
function setup() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const shared = createSharedCall(
    () =>
      new Promise<number>((resolve, reject) => {
        const call = ends.length + 1;
        ends.push({ resolve: () => resolve(call), reject });
      }),
  );
  return { ends, shared };
}
const settle = () => new Promise(setImmediate);

it('answers each caller by a call that began after it asked; those that wait share one call', async () => {
  const { ends, shared } = setup();
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
  const { ends, shared } = setup();
  const first = shared();
  await settle();
  const second = shared();
  ends[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await settle();
  ends[1]!.resolve();
  expect(await second).toBe(2);
});
