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
