import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createStore } from '../src';
import { setup, silent } from './setup';

it('names a list with an entry at fault, and reads entries once for each revision', async () => {
  const { testbed, cleanup } = await setup();
  const store = await testbed.start(
    createStore({ uri: toRecordableUri(testbed.mongodb_uri), instance: 'recorded', logger: silent }),
  );
  const given = { name: 'devices', owner: 'medical', reason: 'scans stop them' };
  const toEntries = (target: string) => ({ entries: [{ target }] });
  const now = new Date();
  const { exclusion_id } = await store.exclusions.createList({ ...given, ...toEntries('127.0.0.1') }, 'ada', now);
  /** What is found, and how many commands read entries. */
  async function find() {
    const recording = recordCommands();
    const found = (await store.unreadable.find([], new Date())).map(({ subject }) => subject);
    recording.stop();
    const ofEntries = recording.commands.filter(({ filters }) => filters.some((filter) => '_id' in filter));
    return [found, ofEntries.length];
  }
  expect([await find(), await find()]).toEqual([
    [[], 1],
    [[], 0],
  ]);
  await store.exclusions.replaceList(exclusion_id, toEntries('127.0.0.2'), { operator: 'ada' }, now);
  expect([await find(), await find()]).toEqual([
    [[], 1],
    [[], 0],
  ]);

  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  testbed.defer(() => connection.close());
  const broken = { $set: { entries: [{ target: 'nowhere' }], revision: 3 } };
  await connection.collection('exclusions').updateOne({ exclusion_id }, broken);
  const subject = `exclusion_list ${exclusion_id}`;
  expect([await find(), await find()]).toEqual([
    [[subject], 1],
    [[subject], 0],
  ]);
  // It stops no other.
  expect(await store.exclusions.findOpen(new Date())).toEqual([]);
  await cleanup();
});
