import { upTo } from '@cyberstroll/testkit';
import { createLeadership, createLeases } from '../src/leases/leases';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('gives a lease to one owner at a time', async () => {
  const other = await fixture.openStore('other');
  expect(await fixture.store.leases.acquire('l', 60_000)).toBe(true);
  expect(await fixture.store.leases.acquire('l', 60_000)).toBe(true);
  expect(await other.leases.acquire('l', 60_000)).toBe(false);
  await fixture.store.leases.release('l');
  expect(await other.leases.acquire('l', 1)).toBe(true);
  const leaders = await Promise.all(
    [fixture.store, other].map((store) => createLeadership(store.leases, 'sweep').isLeader()),
  );
  expect(leaders.filter(Boolean)).toHaveLength(1);
});

it('takes, keeps and releases many leases together, each for one owner', async () => {
  const { leases } = fixture.store;
  const other = (await fixture.openStore('other-2')).leases;
  const names = upTo(300).map((i) => `many-${i}`);
  await other.acquireAll(names.slice(0, 1), 60_000);
  await other.acquireAll(names.slice(1, 2), 0);
  expect(await leases.acquireAll(names, 60_000)).toEqual(new Set(names.slice(1)));
  expect(await other.acquireAll(names, 60_000)).toEqual(new Set(names.slice(0, 1)));
  const { db } = await fixture.openParts('reader');
  const [first] = await db.leases.find({ _id: 'many-2' }).toArray();
  expect(await leases.acquireAll(names.slice(1), 90_000)).toEqual(new Set(names.slice(1)));
  const [later] = await db.leases.find({ _id: 'many-2' }).toArray();
  expect(later!.expires.getTime()).toBeGreaterThan(first!.expires.getTime() + 25_000);
  await leases.releaseAll(names);
  expect(await db.leases.countDocuments({ _id: { $in: names } })).toBe(1);
  expect(await other.acquireAll(names, 60_000)).toEqual(new Set(names));
});

it('takes no lease that another owner takes at this moment', async () => {
  await fixture.store.leases.acquire('late-1', 60_000);
  const { db } = await fixture.openParts('late');
  const { leases: collection } = db;
  jest.spyOn(collection, 'find').mockReturnValue({ toArray: async () => [] } as never);
  const leases = createLeases({ ...db, leases: collection }, 'late');
  expect(await leases.acquireAll(['late-1', 'late-2'], 60_000)).toEqual(new Set(['late-2']));
});

it('renews the leases that were asked for in the last moment together, and loses one that is another’s', async () => {
  const { db } = await fixture.openParts('rival');
  let now = 0;
  const leases = createLeases(db, 'leader', () => now);
  const expiryOf = async (name: string) => (await db.leases.findOne({ _id: name }))!.expires.getTime();
  const names = ['one', 'two', 'three'];
  for (const name of names) expect(await leases.keep(name, 3_000)).toBe(true);
  const before = await Promise.all(names.map(expiryOf));
  now = 999;
  expect(await leases.keep('one', 60_000)).toBe(true);
  expect(await Promise.all(names.map(expiryOf))).toEqual(before);
  now = 1_000;
  expect(await leases.keep('one', 60_000)).toBe(true);
  const after = await Promise.all(names.map(expiryOf));
  expect(after).toEqual([after[0], after[0], after[0]]);
  expect(after[0]).toBeGreaterThan(Math.max(...before));
  await db.leases.updateOne({ _id: 'two' }, { $set: { owner: 'rival', expires: new Date(Date.now() + 3_600_000) } });
  now = 20_999;
  expect(await leases.keep('one', 3_000)).toBe(true);
  now = 21_000;
  expect(await leases.keep('two', 3_000)).toBe(false);
  expect(await leases.keep('one', 3_000)).toBe(true);
});

it('takes a lease over that has run out', async () => {
  const other = await fixture.openStore('third');
  expect(await other.leases.acquire('short', 0)).toBe(true);
  expect(await fixture.store.leases.acquire('short', 1_000)).toBe(true);
});
