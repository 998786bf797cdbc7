import { createMetrics } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import mongoose, { type Connection } from 'mongoose';
import { type AuditDeps, createAudit } from '../src/adapters/audit';
import { createAuditMetrics } from '../src/adapters/audit-metrics';
import { followEndedOnce } from '../src/adapters/follow-ended-once';
import { rollUpOnce } from '../src/adapters/roll-up-once';
import { FAILURE, type Fixture, setUp, upTo } from './fixture';

let fixture: Fixture;
let database: Connection;
let begunMs: number;
beforeEach(async () => {
  begunMs = Date.now();
  fixture = await setUp();
  database = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
});
afterEach(async () => {
  await database?.close();
  await fixture?.cleanup();
});

const GRACE_MS = 30_000;
/** By the test's own clock, which stands still. */
const after = (ms: number) => new Date(begunMs + ms);

/** An audit whose every pass is a whole round. */
function createTestAudit(overrides: Partial<AuditDeps> = {}) {
  const registry = createMetrics('test');
  const audit = createAudit({
    ...fixture.deps,
    metrics: createAuditMetrics(registry),
    intervalMs: 0,
    passMs: 60_000,
    graceMs: GRACE_MS,
    maxSubTasks: 10_000,
    endedMs: 3_600_000,
    expireDays: 30,
    ...overrides,
  });
  const counted = async (name: string): Promise<Record<string, number>> => {
    const { values } = await registry.getSingleMetric(`cyberstroll_audit_${name}_total`)!.get();
    const counts = values.filter(({ value }) => value > 0);
    return Object.fromEntries(counts.map(({ labels, value }) => [Object.values(labels)[0], value]));
  };
  return { audit, counted };
}

const alerts = () =>
  fixture.events.filter(({ type }) => type === 'alert.consistency').map(({ task_id, reason }) => [task_id, reason]);

describe('audit', () => {
  it('F21: finds counters that were corrupted, puts them right, and tells it once', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    await rollUpOnce(fixture.deps, after(0));
    expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
    await database
      .collection('task_progress')
      .updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': 8, 'counts.retry_count': -2 } });
    await rollUpOnce(fixture.deps, after(0));

    expect(await audit(after(1))).toEqual({ audited: 1, findings: 1 });
    expect(await audit(after(GRACE_MS))).toEqual({ audited: 1, findings: 0 });
    const right = { completed_count: 4, retry_count: 0, pending_count: 12, total_targets: 16 };
    expect((await fixture.store.tasks.getTask(taskId)).progress).toMatchObject(right);
    expect(await fixture.realtime.findProgress(taskId)).toMatchObject({ progress: right });
    expect(await counted('findings')).toEqual({ counter_drift: 1 });
    expect(await counted('tasks')).toEqual({ recounted: 3 });
    await eventually(() => expect(alerts()).toHaveLength(1));
    const summary = 'counter_drift: completed_count 12, subtasks 4; retry_count -2, subtasks 0';
    expect(alerts()).toEqual([[taskId, summary]]);
    const kept = await fixture.store.alerts.findPage({ rule: 'consistency', limit: 10 });
    expect(kept.items).toMatchObject([{ subject: taskId, state: 'firing', summary, occurrences: 1 }]);
  });

  it('ends a task that its corrupted counters kept from its end', async () => {
    const { audit } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/30');
    await database.collection('task_progress').insertOne({
      _id: `${taskId}:hand` as never,
      task_id: taskId,
      shard: 'hand',
      seq: 1,
      counts: { completed_count: -1, scanning_count: 1 },
    });
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    await rollUpOnce(fixture.deps, after(0));
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('RUNNING');
    await audit(after(0));
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('COMPLETED');
    await eventually(() => expect(fixture.events.map(({ type }) => type)).toContain('task.completed'));
  });

  it('ends a task at rest that nobody rolls up any more, when it has been so for the grace', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
    expect(await audit(after(GRACE_MS - 5_000))).toEqual({ audited: 1, findings: 0 });
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('QUEUED');
    expect(await audit(after(GRACE_MS + 1))).toEqual({ audited: 1, findings: 2 });
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('COMPLETED');
    expect(await counted('findings')).toEqual({ task_not_ended: 1, progress_lag: 1 });
  });

  it('gives a settled task with an open subtask back to follow-ended, which cancels it', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, [0], { status: 'SCANNING' });
    await rollUpOnce(fixture.deps, after(0));
    await fixture.store.taskStates.updateTaskStatus(taskId, 'CANCELLED', 'test');
    await database.collection('tasks').updateOne({ task_id: taskId }, { $set: { settled: true } });
    await followEndedOnce(fixture.deps, after(0));
    expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');

    await audit(after(0));
    expect(await counted('findings')).toEqual({ open_in_ended_task: 1 });
    await followEndedOnce(fixture.deps, after(0));
    await eventually(async () => expect(await fixture.statusOf(taskId, 0)).toBe('CANCELLED'));
    await eventually(async () => (await followEndedOnce(fixture.deps, new Date()))['settled'] === 1);
    expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
  });

  it('deletes what is left of tasks old enough to have been cleaned up, and only tells of younger ones', async () => {
    const young = await fixture.createTask('127.0.0.0/30');
    await fixture.report(young, upTo(4), { status: 'COMPLETED' });
    await database.collection('tasks').deleteOne({ task_id: young });
    const old = `5${young.slice(1)}`;
    const subTasks = database.collection('subtasks');
    await subTasks.insertMany(upTo(3).map((index) => ({ task_id: old, subtask_id: `${old}-${index}`, index })));

    const { audit, counted } = createTestAudit();
    expect(await audit(after(0))).toEqual({ audited: 0, findings: 3 });
    expect(await audit(after(1))).toEqual({ audited: 0, findings: 0 });
    expect(await counted('findings')).toEqual({ orphan_subtasks: 2, orphan_progress: 1 });
    expect(await subTasks.countDocuments({ task_id: old })).toBe(0);
    expect(await subTasks.countDocuments({ task_id: young })).toBe(4);
    await eventually(() => expect(alerts()).toHaveLength(3));
    expect(alerts().find(([taskId]) => taskId === old)![1]).toMatch(/^orphan_subtasks: 3 documents .* deleted$/);
  });

  it('goes on in the next pass where one was too short for the round', async () => {
    const { audit, counted } = createTestAudit({ passMs: 0, intervalMs: 60_000 });
    for (const _ of upTo(3)) await fixture.createTask('127.0.0.0/30');
    for (const _ of upTo(3)) expect(await audit(after(0))).toMatchObject({ audited: 1 });
    expect(await audit(after(0))).toMatchObject({ audited: 0 });
    expect(await counted('tasks')).toEqual({ recounted: 3 });
  });

  it('begins a round when it is time', async () => {
    const { audit } = createTestAudit({ intervalMs: 60_000 });
    await fixture.createTask('127.0.0.0/30');
    expect(await audit(after(0))).toMatchObject({ audited: 1 });
    expect(await audit(after(50_000))).toMatchObject({ audited: 0 });
    expect(await audit(after(61_000))).toMatchObject({ audited: 1 });
  });

  it('F21: finds nothing in a task’s whole life, with retries, a pause, losses and its end', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 1 });
    let isLiving = true;
    const auditor = (async () => {
      const found: number[] = [];
      while (isLiving || found.length === 0) found.push((await audit(after(0)))['findings']!);
      return found;
    })();
    const live = async () => {
      const step = async (indexes: readonly number[], update: object) => {
        await fixture.report(taskId, indexes, update);
        await rollUpOnce(fixture.deps, new Date());
      };
      await step(upTo(16), { status: 'ASSIGNED' });
      await step(upTo(16), { status: 'SCANNING' });
      await step(upTo(4), FAILURE);
      await fixture.store.taskStates.updateTaskStatus(taskId, 'PAUSED', 'test');
      await fixture.store.taskStates.updateTaskStatus(taskId, 'RUNNING', 'test');
      await step([5], { status: 'FAILED', error_info: { error_code: 'NODE_LOST', error_message: 'gone' } });
      await step([0, 1, 5], { attempt: 2, lease_id: 'second', status: 'SCANNING' });
      await step([0, 1, 5], { attempt: 2, lease_id: 'second', status: 'COMPLETED' });
      await step([2, 3], { ...FAILURE, attempt: 2, lease_id: 'second' });
      await step([4, ...upTo(16).slice(6)], { status: 'COMPLETED' });
      await eventually(async () => (await followEndedOnce(fixture.deps, new Date()))['settled'] === 1);
    };
    await live().finally(() => {
      isLiving = false;
    });
    expect((await auditor).reduce((sum, findings) => sum + findings, 0)).toBe(0);
    expect(await counted('findings')).toEqual({});
    const { status, progress } = await fixture.store.tasks.getTask(taskId);
    expect(status).toBe('COMPLETED');
    expect(progress).toMatchObject({ completed_count: 14, failed_count: 2, pending_count: 0 });
    expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
  });
});
