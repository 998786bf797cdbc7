import mongoose, { type mongo } from 'mongoose';
import type { Collections } from '../src/mongodb/models/collections';
import { createDatabase } from '../src/mongodb/models/database';
import { indexRange, toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { toPrefixRange } from '../src/search/search';
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
  const indexes = async (found: Promise<{ task_id: string; index: number }[]>) =>
    (await found)
      .filter((subTask) => subTask.task_id === taskId)
      .map((subTask) => subTask.index)
      .sort();
  expect(await indexes(subTasks.findHeld({ node_id: 'node-held', limit: 10 }))).toEqual([0, 1]);
  const holders = await subTasks.findHolders();
  expect([holders.get('node-held'), holders.get('node-unsaid')]).toEqual([['node-held-a'], [null]]);
  expect((await subTasks.countHeld()).get('node-held')).toBe(2);
  const updated = (updatedBefore: Date) =>
    indexes(subTasks.findHeld({ node_id: 'node-held', updatedBefore, limit: 10 }));
  expect(await updated(new Date(start - 60_000))).toEqual([]);
  expect(await updated(new Date(start + HOUR_MS))).toEqual([0, 1]);
  const held = (node_id: string, which: object = {}) => indexes(subTasks.findHeld({ node_id, ...which, limit: 10 }));
  expect(await held('node-held', { exceptInstances: ['node-held-a'] })).toEqual([]);
  expect(await held('node-held', { exceptInstances: [null, 'other'] })).toEqual([0, 1]);
  expect(await held('node-held', { instances: ['node-held-a', 'other'] })).toEqual([0, 1]);
  expect(await held('node-held', { instances: ['other'] })).toEqual([]);
  expect(await held('node-unsaid')).toEqual([4]);
  expect(await held('node-unsaid', { exceptInstances: ['other'] })).toEqual([4]);
  expect(await held('node-unsaid', { exceptInstances: [null, 'other'] })).toEqual([]);
  const overdue = (inMs: number, nodes: string[]) =>
    indexes(subTasks.findOverdue({ now: new Date(start + inMs), nodes, limit: 10 }));
  expect(await overdue(0, ['node-held'])).toEqual([]);
  expect(await overdue(HOUR_MS, ['other'])).toEqual([]);
  expect(await overdue(HOUR_MS, ['other', 'node-held'])).toEqual([0, 1]);
  await subTasks.putOffDeadlines(
    [0, 1, 2].map((index) => `${taskId}-${index}`),
    new Date(start + 2 * HOUR_MS),
  );
  expect(await overdue(HOUR_MS, ['node-held'])).toEqual([1]);
  expect(await indexes(subTasks.findHeld({ node_id: 'node-held', limit: 10 }))).toEqual([0, 1]);
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

describe('every hot query uses an index', () => {
  const connection = () => mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
  const taskId = 'a'.repeat(24);
  it.each<[string, keyof Collections, object, object]>([
    ['subtasks by status', 'subTasks', { task_id: taskId, status: 'FAILED' }, {}],
    ['open subtasks', 'subTasks', { task_id: taskId, status: { $in: ['ASSIGNED', 'SCANNING'] } }, {}],
    ['subtasks of a stretch of indexes', 'subTasks', { _id: indexRange(taskId, 0, 99) }, {}],
    ['subtasks of some addresses', 'subTasks', { _id: { $in: [toSubTaskObjectId(taskId, 7)] }, status: 'FAILED' }, {}],
    ['held by a node', 'subTasks', { assigned_node: 'n', deadline: { $exists: true } }, { deadline: 1 }],
    [
      'overdue',
      'subTasks',
      { deadline: { $exists: true, $lt: new Date() }, assigned_node: { $in: ['a', 'b'] } },
      { deadline: 1 },
    ],
    ['a task', 'tasks', { task_id: taskId }, {}],
    ['tasks whose id begins so', 'tasks', { task_id: toPrefixRange('6a') }, {}],
    ['tasks whose name begins so', 'tasks', { name: toPrefixRange('Head') }, {}],
    ['tasks with a label that begins so', 'tasks', { labels: { $elemMatch: toPrefixRange('head') } }, {}],
    ['nodes whose id begins so', 'nodes', { node_id: toPrefixRange('node') }, { node_id: 1 }],
    ['samples of the last minutes', 'statisticsSamples', { _id: { $gt: 1 } }, { _id: 1 }],
    ['samples of a week', 'coarseSamples', { _id: { $gt: 1, $mod: [6, 0] } }, { _id: 1 }],
    ['samples of nodes', 'nodeSamples', { _id: { $gt: 1 } }, { _id: 1 }],
    ['counts of nodes', 'nodeCounts', { timestamp: { $gte: new Date() } }, {}],
    ['nodes that are heard', 'nodes', { status: { $ne: 'offline' }, last_seen: { $gt: new Date() } }, { node_id: 1 }],
    ['open tasks', 'tasks', { status: { $in: ['QUEUED', 'RUNNING'] } }, { created_time: 1 }],
    ['unsettled tasks', 'tasks', { settled: false }, { created_time: 1 }],
    ['unsettled tasks, for the figures', 'tasks', { settled: false }, { task_id: 1 }],
    ['lately ended tasks', 'tasks', { completed_time: { $gt: new Date() } }, { completed_time: -1 }],
    ['tasks by status', 'tasks', { status: 'RUNNING' }, {}],
    [
      'expired tasks',
      'tasks',
      {
        settled: true,
        status: { $in: ['FAILED', 'COMPLETED'] },
        completed_time: { $exists: true, $lt: new Date() },
        clean_up: { $exists: false },
      },
      { completed_time: 1 },
    ],
    ['tasks to clean up', 'tasks', { 'clean_up.requested_time': { $exists: true } }, { 'clean_up.requested_time': 1 }],
    ['dead letters that wait', 'deadLetters', { state: 'waiting' }, {}],
    ['dead letters of a task that wait', 'deadLetters', { task_id: taskId, state: 'waiting' }, {}],
    ['active alerts', 'alerts', { active: true }, {}],
    [
      'ends of tasks to dispatch',
      'taskEnds',
      { 'notices.timestamp': { $gt: new Date(0) } },
      { 'notices.timestamp': 1 },
    ],
    [
      'ends of tasks to deliver',
      'taskEnds',
      { 'deliveries.target': 't', deliveries: { $elemMatch: { target: 't', next_time: { $lte: new Date() } } } },
      {},
    ],
    [
      'whether an end of a task is to deliver',
      'taskEnds',
      {
        $or: [
          { 'notices.timestamp': { $gt: new Date(0) } },
          {
            'deliveries.target': { $in: ['t'] },
            deliveries: { $elemMatch: { target: { $in: ['t'] }, next_time: { $lte: new Date() } } },
          },
        ],
      },
      {},
    ],
    ['whether a task is unsettled', 'tasks', { settled: false }, {}],
    ['an end of a task', 'taskEnds', { end_id: 'e' }, {}],
    ['leases that are held', 'leases', { expires: { $gt: new Date() } }, {}],
    ['changes of API keys', 'apiKeys', { change: { $gt: 1 } }, { change: 1 }],
    ['API keys', 'apiKeys', { active: true }, { key_id: -1 }],
    ['sessions', 'sessions', { _id: { $in: ['d'] }, change: { $exists: false } }, {}],
    ['sessions of an API key', 'sessions', { caller_id: 'ada', change: { $exists: false } }, { expires: -1 }],
    ['ends of sessions', 'sessions', { change: { $gt: 1 } }, { change: 1 }],
    ['counters', 'taskProgress', { task_id: { $in: [taskId] } }, {}],
    ['unsettled chunks', 'chunks', { settled: false, dispatched_time: { $lt: new Date() } }, { dispatched_time: 1 }],
    [
      'unsettled chunks of a task',
      'chunks',
      { task_id: taskId, settled: false, dispatched_time: { $lt: new Date() } },
      {},
    ],
    ['counters, one task after the other', 'taskProgress', { _id: { $gt: taskId } }, { _id: 1 }],
    ['chunks, one task after the other', 'chunks', { _id: { $gt: taskId } }, { _id: 1 }],
    ['silent nodes', 'nodes', { status: { $in: ['online'] }, last_seen: { $lt: new Date() } }, {}],
  ])('%s', async (_name, collection, filter, sort) => {
    const opened = await connection();
    try {
      const plan = await (createDatabase(() => opened)[collection] as unknown as mongo.Collection)
        .find(filter)
        .sort(sort as never)
        .explain('queryPlanner');
      expect(JSON.stringify(plan)).toContain('IXSCAN');
      expect(JSON.stringify(plan)).not.toContain('COLLSCAN');
    } finally {
      await opened.close();
    }
  });

  it.each([
    ['a status', { status: 'FAILED' as const }],
    ['open ports', { has_open_ports: true as const }],
    ['an error code', { 'error_info.error_code': 'NODE_LOST', status: 'FAILED' as const }],
  ])('a page of %s reads its own index, which holds the matches alone and in order', async (_name, only) => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.find({ task_id: taskId, ...only, index: { $gte: 0, $lt: 1_000 } })
        .sort({ index: 1 })
        .limit(101)
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
      const keys = { task_id: 1, ...Object.fromEntries(Object.keys(only).map((key) => [key, 1])), index: 1 };
      expect(winner).toContain(`"keyPattern":${JSON.stringify(keys).slice(0, -1)}`);
      expect(winner).not.toContain('"SORT"');
    } finally {
      await opened.close();
    }
  });

  it.each([
    ['due', { retry_sent_time: { $exists: false }, retry_due_time: { $exists: true, $lte: new Date() } }],
    ['sent', { retry_sent_time: { $gt: new Date(0) }, retry_due_time: { $exists: true, $lte: new Date() } }],
  ])('retries of some tasks that are %s are found by their own index, and in its order', async (_name, only) => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.find({ task_id: { $in: [taskId, 'b'.repeat(24)] }, ...only })
        .sort({ task_id: 1, retry_sent_time: 1, retry_due_time: 1 })
        .limit(10)
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
      expect(winner).toContain('"keyPattern":{"task_id":1,"retry_sent_time":1,"retry_due_time":1}');
      expect(winner).not.toContain('"SORT"');
    } finally {
      await opened.close();
    }
  });

  it('the first open subtasks of a task are read in the order of their index', async () => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.find({ task_id: taskId, status: { $in: ['ASSIGNED', 'RETRYING', 'SCANNING'] } })
        .sort({ status: 1, index: 1 })
        .limit(10)
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
      expect(winner).toContain('"keyPattern":{"task_id":1,"status":1,"index":1,');
      expect(winner).not.toContain('"SORT"');
    } finally {
      await opened.close();
    }
  });

  it('of what a node holds only these are read, also those of one task', async () => {
    const opened = await connection();
    try {
      const plan = await createDatabase(() => opened)
        .subTasks.find({ assigned_node: 'n', deadline: { $exists: true }, task_id: taskId, index: { $gte: 0 } })
        .sort({ deadline: 1 })
        .explain('queryPlanner');
      expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain(
        '"keyPattern":{"assigned_node":1,"deadline":1}',
      );
    } finally {
      await opened.close();
    }
  });

  it('tasks that were resumed lately are found among those that ever were', async () => {
    const opened = await connection();
    try {
      const filter = {
        resumed_time: { $exists: true, $gt: new Date() },
        settled: false,
        status: { $in: ['RUNNING' as const] },
      };
      const plan = await createDatabase(() => opened)
        .tasks.find(filter)
        .sort({ resumed_time: -1 })
        .explain('queryPlanner');
      const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
      expect(winner).toContain('"keyPattern":{"resumed_time":1}');
      expect(winner).not.toContain('"SORT"');
    } finally {
      await opened.close();
    }
  });

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
