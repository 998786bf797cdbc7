import { mongo } from 'mongoose';
import { createSharedWrite } from './shared-write';

/** Writes that the test ends by hand. */
function setup({ limit = 10, atOnce = 1 } = {}) {
  const writes: { items: readonly string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const write = createSharedWrite(
    (items: readonly string[]) =>
      new Promise<void>((resolve, reject) => {
        writes.push({ items, end: resolve, fail: reject });
      }),
    { limit, atOnce },
  );
  return { writes, write, itemsOf: () => writes.map(({ items }) => items) };
}
const settle = () => new Promise(setImmediate);
const outcomeOf = (promise: Promise<void>) =>
  promise.then(
    () => 'written',
    (error: Error) => error.message,
  );

it('writes together what comes while a write is under way, the limit at most, in its order', async () => {
  const { writes, write, itemsOf } = setup({ limit: 2 });
  const all = Promise.all(['a', 'b', 'c', 'd'].map(write));
  for (let number = 0; number < 3; number++) {
    expect(writes).toHaveLength(number + 1);
    writes[number]!.end();
    await settle();
  }
  await all;
  expect(itemsOf()).toEqual([['a'], ['b', 'c'], ['d']]);
});

it('has some writes under way at once: one that hangs holds up its own items alone', async () => {
  const { writes, write, itemsOf } = setup({ atOnce: 2 });
  void write('hangs');
  const others = [write('a'), write('b'), write('c')];
  expect(itemsOf()).toEqual([['hangs'], ['a']]);
  writes[1]!.end();
  await settle();
  writes[2]!.end();
  await Promise.all(others);
  expect(itemsOf()).toEqual([['hangs'], ['a'], ['b', 'c']]);
  const later = write('d');
  writes[3]!.end();
  await later;
});

it('writes each alone after a fault of the items, so that one fails alone', async () => {
  const { writes, write, itemsOf } = setup();
  const first = write('first');
  const others = ['a', 'bad', 'c'].map((item) => outcomeOf(write(item)));
  writes[0]!.end();
  await first;
  await settle();
  const fault = new mongo.MongoServerError({ code: 11_000, message: 'duplicate' });
  writes[1]!.fail(fault);
  await settle();
  writes[2]!.end();
  await settle();
  writes[3]!.fail(fault);
  await settle();
  writes[4]!.end();
  expect(await Promise.all(others)).toEqual(['written', 'duplicate', 'written']);
  expect(itemsOf()).toEqual([['first'], ['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
});

it('rejects all of a write that the database cannot take now, and writes what comes later', async () => {
  const { writes, write } = setup();
  const first = write('first');
  const others = ['a', 'b'].map((item) => outcomeOf(write(item)));
  writes[0]!.end();
  await first;
  await settle();
  writes[1]!.fail(new mongo.MongoNetworkError('away'));
  expect(await Promise.all(others)).toEqual(['away', 'away']);
  const later = write('later');
  writes[2]!.end();
  await later;
});
