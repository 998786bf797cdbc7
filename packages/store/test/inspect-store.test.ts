import type { Diagnosis } from '@cyberstroll/runtime';
import { createTestbed, toHeartbeat } from '@cyberstroll/testkit';
import { inspectStore } from '../src';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const SLOWLY = { selectMs: 60_000 };
const inspect = () => inspectStore({ uri: fixture.testbed.mongodb_uri, ...SLOWLY });
const findNotOk = (diagnoses: readonly Diagnosis[]) =>
  diagnoses
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ check, verdict, found }) => [check, verdict, found] as const);
/** The tests' replica set has one member. */
const ONE_MEMBER = ['mongodb replica set', 'warn', expect.stringMatching(/members: 1$/)];

it('finds nothing wrong with a started store, and lists every check', async () => {
  const diagnoses = await inspect();
  expect(findNotOk(diagnoses)).toEqual([ONE_MEMBER]);
  expect(diagnoses.map(({ check }) => check)).toEqual([
    'mongodb',
    'mongodb version',
    'mongodb options',
    'mongodb replica set',
    'mongodb members',
    'mongodb clock',
    'mongodb clocks',
    'mongodb transactions',
    'mongodb killSessions',
    'mongodb indexes',
    'dead letters',
    'node clocks',
  ]);
});

it('finds an index that was dropped, one of ours that is otherwise, and one that is not ours', async () => {
  const { db } = await fixture.openParts('operator');
  await db.tasks.dropIndex('completed_time_1');
  await db.nodes.dropIndex('node_id_1');
  await db.nodes.createIndex({ node_id: 1 });
  await db.chunks.createIndex({ count: 1 });
  const diagnoses = await inspect();
  expect(findNotOk(diagnoses)).toEqual([
    ONE_MEMBER,
    ['mongodb indexes of tasks', 'fail', 'missing or otherwise: {"completed_time":1}'],
    ['mongodb indexes of chunks', 'warn', 'not ours: count_1'],
    ['mongodb indexes of nodes', 'fail', 'missing or otherwise: {"node_id":1}'],
    ['mongodb indexes of nodes', 'warn', 'not ours: node_id_1'],
  ]);
  // An upgrade waits for it.
  expect(diagnoses.find(({ found }) => found.includes('completed_time'))!.remedy).toContain(
    'db.tasks.createIndex({"completed_time":1}, {"partialFilterExpression":{"completed_time":{"$exists":true}}})',
  );
  for (const { verdict, remedy } of diagnoses)
    expect([verdict, typeof remedy]).toEqual([verdict, verdict === 'ok' ? 'undefined' : 'string']);
});

it('finds all missing in an empty database, and makes nothing there', async () => {
  const testbed = await createTestbed();
  try {
    const faults = findNotOk(await inspectStore({ uri: testbed.mongodb_uri, ...SLOWLY }));
    expect(faults.filter(([, verdict]) => verdict === 'fail').length).toBeGreaterThan(20);
    expect(findNotOk(await inspectStore({ uri: testbed.mongodb_uri, ...SLOWLY }))).toEqual(faults);
  } finally {
    await testbed.cleanup();
  }
});

it('finds options that a service would not start with, and dead letters', async () => {
  const { db } = await fixture.openParts('operator');
  await db.deadLetters.insertMany([{ state: 'waiting' }, { state: 'discarded' }] as never);
  const options = 'readPreference=secondaryPreferred&w=1&retryWrites=false';
  expect(findNotOk(await inspectStore({ uri: `${fixture.testbed.mongodb_uri}&${options}`, ...SLOWLY }))).toEqual([
    ['mongodb options', 'fail', 'readPreference in MONGODB_URI'],
    ['mongodb options', 'fail', 'w in MONGODB_URI'],
    ['mongodb options', 'fail', 'retryWrites in MONGODB_URI'],
    ONE_MEMBER,
    ['dead letters', 'warn', 'waiting: 1'],
  ]);
});

it('finds nodes with wrong clocks', async () => {
  const now = new Date();
  const beat = (node_id: string, offsetSeconds: number, status: 'online' | 'offline' = 'online') =>
    fixture.store.nodes.recordHeartbeat(
      toHeartbeat({ node_id, status, timestamp: now.getTime() + offsetSeconds * 1_000 }),
      now,
    );
  await Promise.all([beat('early', -60), beat('fine', 3), beat('gone', 900, 'offline'), beat('late', 20)]);
  expect(findNotOk(await inspect())).toEqual([ONE_MEMBER, ['node clocks', 'warn', '2 off: early -60 s, late 20 s']]);
});

it('says that it cannot be reached', async () => {
  const [diagnosis, ...rest] = await inspectStore({ uri: 'mongodb://127.0.0.1:1/none' });
  expect([diagnosis!.verdict, rest]).toEqual(['fail', []]);
  expect(diagnosis!.found).toMatch(/cannot be reached: .*ECONNREFUSED/);
});
