import { createTestbed, createTestStore, type Testbed } from '@cyberstroll/testkit';
import mongoose from 'mongoose';
import type { Store } from '../src';
import { MAX_SESSIONS_PER_KEY } from '../src/sessions/session-store';

let testbed: Testbed;
let store: Store;

beforeAll(async () => {
  testbed = await createTestbed();
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

const session = (index: number, caller_id = 'ada') => ({
  _id: `${caller_id}-${index}`,
  caller_id,
  name: 'ada',
  created_time: new Date(),
  expires: new Date(Date.now() + 3_600_000 + index),
});

it('one session too many of a key ends its oldest, and none of another key', async () => {
  const opened = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
  const many = Array.from({ length: MAX_SESSIONS_PER_KEY }, (_, index) => session(index));
  await opened.collection('sessions').insertMany(many as never);
  await opened.close();
  await store.sessions.add(session(0, 'bob'));
  await store.sessions.add(session(MAX_SESSIONS_PER_KEY));
  const ids = ['ada-0', 'ada-1', 'bob-0', `ada-${MAX_SESSIONS_PER_KEY}`];
  expect((await store.sessions.findOpen(ids)).map(({ _id }) => _id).sort()).toEqual(ids.slice(1).sort());
  expect(await store.sessions.findEnds(0, 10)).toEqual([{ _id: 'ada-0', change: expect.any(Number) }]);
});

it('ends of sessions have numbers that rise, each its own, also if many end at once; an end is noted once', async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `eve-${index}`);
  for (const index of ids.keys()) await store.sessions.add(session(index, 'eve'));
  const last = (await store.sessions.findEnds(0, 10)).at(-1)?.change ?? 0;
  await Promise.all([...ids, ...ids].map((id) => store.sessions.end(id)));
  const ends = await store.sessions.findEnds(last, 10);
  expect(ends.map(({ _id }) => _id).sort()).toEqual(ids);
  const changes = ends.map(({ change }) => change);
  expect([...new Set(changes)].sort((a, b) => a - b)).toEqual(changes);
  expect(await store.sessions.findEnds(changes[3]!, 2)).toEqual(ends.slice(4, 6));
  expect(await store.sessions.findOpen(ids)).toEqual([]);
});
