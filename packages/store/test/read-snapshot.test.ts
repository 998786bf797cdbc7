import { recordCommands, toRecordableUri } from '@cyberstroll/testkit';
import { createStore } from '../src';
import { createFakeMember, SNAPSHOTS_OF_MONGOD } from './fake-member';
import { queuedTask, setup, silent } from './setup';

it('reads one snapshot of mongod without a transaction: the first reply gives its time, and the other reads name it', async () => {
  const fixture = await setup();
  const mongod = await createFakeMember(fixture.testbed.mongodb_uri, SNAPSHOTS_OF_MONGOD);
  const uri = new URL(toRecordableUri(fixture.testbed.mongodb_uri));
  uri.host = mongod.address;
  uri.searchParams.set('directConnection', 'true');
  const store = createStore({ uri: String(uri), instance: 'reader', logger: silent });
  await store.start();
  const taskId = await queuedTask(fixture.store, '10.0.0.0/30');
  const recording = recordCommands();
  const ask = {
    progress: () => store.tasks.getTaskWithProgress(taskId),
    'roll-ups': () => store.tasks.findRollUps([taskId]),
    audit: () => store.audit.auditTask(taskId, { maxSubTasks: 100, now: new Date() }),
  };
  try {
    for (const [name, read] of Object.entries(ask)) {
      const before = recording.commands.length;
      await read();
      // Not those of the fleet's pace, by which the rest of a task is estimated.
      const reads = recording.commands
        .slice(before)
        .filter(({ collection, filters }) => collection === 'subtasks' || JSON.stringify(filters).includes(taskId));
      const [first, ...others] = reads.map(({ command }) => command['readConcern']);
      const time = others[0]?.atClusterTime;
      expect([name, first, others]).toEqual([
        name,
        { level: 'snapshot' },
        others.map(() => ({ level: 'snapshot', atClusterTime: time })),
      ]);
      expect(time?._bsontype).toBe('Timestamp');
      expect(reads.map(({ transaction }) => transaction)).toEqual(reads.map(() => undefined));
    }
  } finally {
    recording.stop();
    await store.stop();
    await mongod.close();
    await fixture.cleanup();
  }
});
