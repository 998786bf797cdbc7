import { eventually, upTo } from '@cyberstroll/testkit';
import { createLeases, type LeaseStore } from '../src/leases/leases';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const acquire = async (leases: LeaseStore, name: string, ttlMs: number) =>
  (await leases.acquireAll([name], ttlMs)).has(name);

it('gives a lease to one owner at a time', async () => {
  const other = await fixture.openStore('other');
  const { leases } = fixture.store;
  expect(await acquire(leases, 'l', 60_000)).toBe(true);
  expect(await acquire(leases, 'l', 60_000)).toBe(true);
  expect(await leases.renewAll(['l'], 60_000)).toBe(true);
  expect(await acquire(other.leases, 'l', 60_000)).toBe(false);
  expect(await other.leases.renewAll(['l'], 60_000)).toBe(false);
  await leases.releaseAll(['l']);
  expect(await acquire(other.leases, 'l', 1)).toBe(true);
  const owners = await Promise.all([fixture.store, other].map((store) => store.leases.keep('kept', 60_000)));
  expect(owners.filter(Boolean)).toHaveLength(1);
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
  await acquire(fixture.store.leases, 'late-1', 60_000);
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
  // Still its own for a while: it is not kept waiting for the renewal.
  expect(await leases.keep('one', 60_000)).toBe(true);
  await eventually(async () => expect(await expiryOf('one')).toBeGreaterThan(Math.max(...before)));
  const after = await Promise.all(names.map(expiryOf));
  expect(after).toEqual([after[0], after[0], after[0]]);
  await db.leases.updateOne({ _id: 'two' }, { $set: { owner: 'rival', expires: new Date(Date.now() + 3_600_000) } });
  now = 60_900;
  for (const name of names) expect([name, await leases.keep(name, 3_000)]).toEqual([name, name !== 'two']);
});

it('holds a lease although each answer takes longer than the lease lasts, and asks more rarely then', async () => {
  const { db } = await fixture.openParts('slow');
  let now = 0;
  let commands = 0;
  const slowly = <T extends object>(target: T, name: keyof T & string) =>
    jest.spyOn(target as never, name as never).mockImplementation(((...args: never[]) => {
      commands++;
      now += 8_000;
      return (Object.getPrototypeOf(target)[name] as (...args: never[]) => unknown).apply(target, args);
    }) as never);
  const { leases: collection } = db;
  slowly(collection, 'find');
  slowly(collection, 'updateMany');
  const leases = createLeases({ ...db, leases: collection }, 'slow', () => now);
  await db.leases.insertOne({ _id: 'slow', owner: 'dead', expires: new Date(0) });
  expect(await leases.keep('slow', 7_000)).toBe(true);
  const { expires } = (await db.leases.findOne({ _id: 'slow' }))!;
  expect(expires.getTime()).toBeGreaterThan(Date.now() + 20_000);
  // It was written a moment ago, as far as is known 8 s ago.
  now += 6_000;
  expect(await leases.keep('slow', 7_000)).toBe(true);
  await db.leases.updateOne({ _id: 'slow' }, { $set: { owner: 'other', expires: new Date(Date.now() + 3_600_000) } });
  now += 60_000;
  expect(await leases.keep('slow', 7_000)).toBe(false);
  const before = commands;
  now += 7_000;
  expect([await leases.keep('slow', 7_000), commands]).toEqual([false, before]);
});

it('takes a lease over that has run out', async () => {
  const other = await fixture.openStore('third');
  expect(await acquire(other.leases, 'short', 0)).toBe(true);
  expect(await acquire(fixture.store.leases, 'short', 1_000)).toBe(true);
});
