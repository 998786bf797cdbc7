import mongoose from 'mongoose';
import { createDatabase } from '../src/mongodb/models/database';
import { findTaskNodes } from '../src/subtasks/task-nodes';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('counts what each node holds and has closed; of a large task an even sample', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/24', { max_retries: 0 });
  const of = (node: string, from: number, count: number) =>
    Array.from({ length: count }, (_, i) => claimOf(taskId, from + i, 1, node));
  await fixture.store.subTasks.batchUpdateSubTasks([
    ...of('quick', 0, 20).map((claim) => report(claim, 'COMPLETED')),
    ...of('bad', 20, 15).map((claim) => report(claim, 'FAILED', failure('OUT_OF_SCOPE'))),
    ...of('bad', 35, 5).map((claim) => report(claim, 'COMPLETED')),
    ...of('idle', 40, 2).map((claim) => report(claim, 'SCANNING')),
    ...of('quick', 50, 1).map((claim) => report(claim, 'ASSIGNED')),
  ]);
  await fixture.store.chunks.advanceCursor(taskId, 0, 60);
  const nodes = await fixture.store.subTasks.findTaskNodes(taskId, new Date());
  expect(nodes).toEqual({
    task_id: taskId,
    sampled: false,
    counted: 60,
    total: 60,
    items: [
      { node_id: 'quick', held: 1, completed: 20, failed: 0, share: 0.5, failure_rate: 0, rate: 20 / 300 },
      { node_id: 'bad', held: 0, completed: 5, failed: 15, share: 0.5, failure_rate: 0.75, rate: 5 / 300 },
      { node_id: 'idle', held: 2, completed: 0, failed: 0, share: 0, failure_rate: null, rate: 0 },
    ],
  });
  const later = await fixture.store.subTasks.findTaskNodes(taskId, new Date(Date.now() + 400_000));
  expect(later.items[0]).toMatchObject({ node_id: 'quick', completed: 20, rate: 0 });

  const opened = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
  const db = createDatabase(() => opened);
  const sample = await findTaskNodes(db, { task_id: taskId, cursor: 60 }, new Date(), 20).finally(() => opened.close());
  // One of each three, and what is held is exact.
  expect(sample).toMatchObject({ sampled: true, counted: 20, total: 60 });
  expect(sample.items[0]).toMatchObject({ held: 1, rate: null, share: expect.closeTo(0.5, 1) });
});
