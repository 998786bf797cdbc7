import { createTaskRound } from '@cyberstroll/coordination';
import { createMetrics } from '@cyberstroll/runtime';
import { eventually, upTo } from '@cyberstroll/testkit';
import mongoose, { type Connection, Types } from 'mongoose';
import { createAuditMetrics } from '../src/metrics/audit-metrics';
import { createAudit } from '../src/sweeps/audit';
import { followEndedOnce } from '../src/sweeps/follow-ended-once';
import { createRollUpSweep } from '../src/sweeps/roll-up';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let database: Connection;
beforeEach(async () => {
  fixture = await setup();
  database = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
});
afterEach(async () => {
  await database?.close();
  await fixture?.cleanup();
});

const now = () => new Date();

/** This many open tasks, older than any other. */
async function insertOlder(count: number): Promise<void> {
  const taskId = await fixture.createTask('127.0.0.1');
  const tasks = database.collection('tasks');
  const { _id, ...task } = (await tasks.findOne({ task_id: taskId }))!;
  const older = upTo(count).map((i) => {
    const id = Types.ObjectId.createFromTime(i + 1);
    return { ...task, _id: id, task_id: id.toHexString(), created_time: new Date((i + 1) * 1_000) };
  });
  await tasks.insertMany(older);
}

describe('with more open tasks than one pass reads', () => {
  it('a task is rolled up', async () => {
    await insertOlder(6);
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    const sweep = createRollUpSweep(fixture.deps, { page: 2 });
    for (const round of upTo(2)) for (const _ of upTo(5)) await sweep(new Date(Date.now() + round * 5_000));
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('COMPLETED');
  });

  it('an ended task is cancelled at once', async () => {
    await insertOlder(6);
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, [0, 1], {});
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    const nextEnded = createTaskRound(fixture.store, 'ended', 2);
    expect(await followEndedOnce({ ...fixture.deps, nextEnded }, now())).toMatchObject({ cancelled: 2 });
    await eventually(async () => (await fixture.statusOf(taskId, 1)) === 'CANCELLED');
  });

  it('a task is audited', async () => {
    await insertOlder(6);
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, [0, 1], { status: 'COMPLETED' });
    await database
      .collection('task_progress')
      .updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': 1 } });
    const audit = createAudit({
      ...fixture.deps,
      metrics: createAuditMetrics(createMetrics('test')),
      intervalMs: 0,
      passMs: 60_000,
      restFactor: 0,
      graceMs: 30_000,
      maxSubTasks: 10_000,
      endedMs: 3_600_000,
      expireDays: 30,
      pageSize: 3,
    });
    expect(await audit(now())).toEqual({ audited: 8, findings: 1 });
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({ completed_count: 2 });
  });
});
