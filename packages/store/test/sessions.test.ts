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
});
