import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('gives the most queues of updates that there have been, also to updaters that start at the same time', async () => {
  const { db } = await fixture.openParts('test');
  const stores = await Promise.all(['a', 'b', 'c', 'd'].map((name) => fixture.openStore(name)));
  for (let round = 0; round < 20; round++) {
    await db.sequences.deleteMany({});
    await Promise.all(stores.map(({ queues }) => queues.noteStateQueues(3)));
    expect(await stores[0]!.queues.noteStateQueues(1)).toBe(3);
  }
});

it('names the updaters that work, also to those that start at the same time, and none whose note has expired', async () => {
  const { db } = await fixture.openParts('names');
  const names = ['a', '$b', 'c', 'd'];
  const stores = await Promise.all(names.map((name) => fixture.openStore(name)));
  for (let round = 0; round < 20; round++) {
    await db.queues.deleteMany({});
    await Promise.all(stores.map(({ updaters }, i) => updaters.note(names[i]!, 60_000)));
    expect((await stores[0]!.updaters.note('a', 60_000)).sort()).toEqual([...names].sort());
  }
  await stores[1]!.updaters.leave('$b');
  await stores[2]!.updaters.note('c', -1);
  expect((await stores[0]!.updaters.note('a', 60_000)).sort()).toEqual(['a', 'd']);
});
