import mongoose from 'mongoose';
import { createDatabase } from '../src/mongodb/models/database';
import { toGridPipeline } from '../src/subtasks/grid-cells';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const apply = (...updates: ReturnType<typeof report>[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);

const HOUR_MS = 3_600_000;

it('finds the subtasks that a node holds, the overdue ones, and those with a retry due', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/28', { subtask_timeout: 1, retry_delay: 0 });
  const start = Date.now();
  const holder = (index: number) => claimOf(taskId, index, 1, 'node-held');
  await apply(
    report(holder(0), 'ASSIGNED'),
    report(holder(1), 'SCANNING'),
    report(holder(2), 'COMPLETED'),
    report(holder(3), 'FAILED', failure('INTERNAL_ERROR')),
  );
  // A node that does not say which process of it reports.
  const unsaid = report(claimOf(taskId, 4, 1, 'node-unsaid'), 'SCANNING');
  await apply({ ...unsaid, sender: { node_id: 'node-unsaid' } });
  const { subTasks } = fixture.store;
  const indexes = async (found: Promise<{ task_id: string; subtask_id: string }[]>) =>
    (await found)
      .filter((subTask) => subTask.task_id === taskId)
      .map(({ subtask_id }) => Number(subtask_id.split('-')[1]))
      .sort();
  const held = (node: string, which: { deadlineBefore?: Date; updatedBefore?: Date } = {}) =>
    indexes(subTasks.findClaims([node], which));
  expect([await held('node-held'), await held('node-unsaid'), await held('other')]).toEqual([[0, 1], [4], []]);
  expect(await subTasks.findHolders()).toEqual(
    expect.arrayContaining([
      { node_id: 'node-held', instance_id: 'node-held-a', count: 2, first_deadline: expect.any(Date) },
      { node_id: 'node-unsaid', instance_id: null, count: 1, first_deadline: expect.any(Date) },
    ]),
  );
  const [ago, ahead] = [new Date(start - 60_000), new Date(start + HOUR_MS)];
  expect(await held('node-held', { updatedBefore: ago })).toEqual([]);
  expect(await held('node-held', { updatedBefore: ahead })).toEqual([0, 1]);
  const overdue = (inMs: number) => held('node-held', { deadlineBefore: new Date(start + inMs), updatedBefore: ago });
  expect([await overdue(0), await overdue(HOUR_MS)]).toEqual([[], [0, 1]]);
  await subTasks.putOffDeadlines(
    [0, 1, 2].map((index) => `${taskId}-${index}`),
    new Date(start + 2 * HOUR_MS),
  );
  expect([await overdue(HOUR_MS), await held('node-held')]).toEqual([[1], [0, 1]]);
  const due = () => subTasks.findDueRetries([taskId], new Date(), 10);
  const recall = (sentBefore: Date) => subTasks.recallSentRetries([taskId], { sentBefore, now: new Date(), limit: 10 });
  expect((await due()).map(({ subtask_id }) => subtask_id)).toEqual([`${taskId}-3`]);
  expect([await recall(new Date()), await subTasks.countSentRetries([taskId])]).toEqual([0, new Map()]);
  const again = new Date(start + HOUR_MS);
  await subTasks.markRetriesSent([`${taskId}-3`], again);
  expect([await due(), await recall(new Date(start - HOUR_MS))]).toEqual([[], 0]);
  expect(await subTasks.countSentRetries([taskId])).toEqual(new Map([[taskId, 1]]));
  expect(await recall(new Date())).toBe(1);
  expect(await subTasks.findDueRetries([taskId], again, 10)).toHaveLength(1);
  expect(await indexes(subTasks.findOpen(taskId, 10))).toEqual([0, 1, 3, 4]);
});

describe('what is read from an index alone', () => {
  const connection = () => mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
  const taskId = 'a'.repeat(24);

  it.each([
    ['many', { indexes: { first: 0, last: 65_535 }, inDetail: true }],
    ['blocks', { indexes: { first: 0, last: 65_535 }, inDetail: false }],
  ])('the grid of %s is one read of an index, and of no document', async (_name, query) => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.aggregate(toGridPipeline(taskId, query))
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['stages'][0].$cursor.queryPlanner.winningPlan);
      expect(winner).toContain('"stage":"PROJECTION_COVERED"');
      expect(winner).toContain('"keyPattern":{"task_id":1,"status":1,"index":1,');
      expect(winner).not.toContain('FETCH');
    } finally {
      await opened.close();
    }
  });

  it.each([
    ['a part', { first: 0, last: 8_191 }],
    ['some indexes', [5, 3, 70_000]],
  ])('the grid of %s is read by the ids, which lie together', async (_name, indexes) => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.aggregate(toGridPipeline(taskId, { indexes, inDetail: true }))
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['stages'][0].$cursor.queryPlanner.winningPlan);
      expect(winner).toContain('"keyPattern":{"_id":1}');
    } finally {
      await opened.close();
    }
  });

  it('tasks are counted by pool without a look at any task', async () => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .tasks.aggregate([
          { $match: { status: { $in: ['QUEUED', 'RUNNING'] } } },
          { $group: { _id: '$config.pool', count: { $sum: 1 } } },
        ])
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['stages'][0].$cursor.queryPlanner.winningPlan);
      expect(winner).toContain('"keyPattern":{"status":1,"config.pool":1}');
      expect(winner).not.toContain('FETCH');
    } finally {
      await opened.close();
    }
  });
});
