import { createMetrics } from '@cyberstroll/runtime';
import { eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import mongoose, { type Connection } from 'mongoose';
import { createAuditMetrics } from '../src/metrics/audit-metrics';
import { type AuditDeps, createAudit } from '../src/sweeps/audit';
import { followEndedOnce } from '../src/sweeps/follow-ended-once';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let database: Connection;
let begunMs: number;
beforeEach(async () => {
  begunMs = Date.now();
  fixture = await setup();
  database = await mongoose.createConnection(fixture.testbed.mongodb_uri).asPromise();
});
afterEach(async () => {
  await database?.close();
  await fixture?.cleanup();
});

const GRACE_MS = 30_000;
/** Times on the clock of the test, which stands still. */
const after = (ms: number) => new Date(begunMs + ms);

/** An audit that does a whole round in each pass. */
function createTestAudit(overrides: Partial<AuditDeps> = {}) {
  const registry = createMetrics('test');
  const audit = createAudit({
    ...fixture.deps,
    metrics: createAuditMetrics(registry),
    intervalMs: 0,
    passMs: 60_000,
    restFactor: 0,
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
  it('F21: finds corrupted counters, corrects them, and reports them once', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
    await database
      .collection('task_progress')
      .updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': 8, 'counts.retry_count': -2 } });
    await fixture.store.tasks.calculateTaskProgress(taskId);

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

  it('F21: finds them in a task with more subtasks than one transaction counts, once it stands still, and audits small tasks meanwhile', async () => {
    const { audit, counted } = createTestAudit({ maxSubTasks: 4 });
    const large = await fixture.createTask('127.0.0.0/27');
    await fixture.report(large, upTo(20), { status: 'COMPLETED' });
    const small = await fixture.createTask('127.0.0.0/30');
    for (const taskId of [large, small]) {
      await fixture.report(taskId, [0, 1], { status: 'COMPLETED' });
      await database
        .collection('task_progress')
        .updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': 2, 'counts.failed_count': -1 } });
      await fixture.store.tasks.calculateTaskProgress(taskId);
    }
    expect(await audit(after(0))).toEqual({ audited: 2, findings: 2 });
    expect(await counted('tasks')).toEqual({ recounted: 1, moving: 1 });
    // A negative counter is reported without a recount. The true count is reported when it is known.
    await eventually(() => expect(alerts()).toContainEqual([large, 'counter_drift: failed_count -1']));
    expect(await audit(after(1))).toEqual({ audited: 2, findings: 0 });
    expect((await fixture.store.tasks.getTask(large)).progress).toMatchObject({
      completed_count: 20,
      failed_count: 0,
      pending_count: 12,
    });
    expect(await counted('tasks')).toEqual({ recounted: 3, moving: 1 });
    for (const ms of [2, 3]) expect(await audit(after(ms))).toEqual({ audited: 2, findings: 0 });
  });

  it('fails stranded subtasks after the grace, so that they are retried', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/29');
    await fixture.report(taskId, [0, 1, 2], { status: 'SCANNING' });
    await fixture.report(taskId, [3], FAILURE);
    await fixture.report(taskId, [4, 5, 6, 7], { status: 'COMPLETED' });
    await fixture.store.tasks.calculateTaskProgress(taskId);
    const subTasks = database.collection('subtasks');
    const spoil = (index: number, update: object) =>
      subTasks.updateOne({ subtask_id: `${taskId}-${index}` }, update as never);
    await spoil(0, { $unset: { deadline: '' } });
    await spoil(1, { $set: { status: 'ASSIGNED' }, $unset: { assigned_node: '', started_time: '' } });
    await spoil(3, { $unset: { retry_due_time: '' } });

    expect(await audit(after(0))).toMatchObject({ findings: 1 });
    expect(await counted('findings')).toEqual({ counter_drift: 1 });
    expect(await audit(after(GRACE_MS - 1_000))).toEqual({ audited: 1, findings: 0 });
    expect(await fixture.statusOf(taskId, 0)).toBe('SCANNING');
    expect(await audit(after(GRACE_MS + 1))).toEqual({ audited: 1, findings: 1 });
    expect(await counted('findings')).toEqual({ counter_drift: 1, stranded_subtasks: 1 });
    await eventually(async () => {
      const { progress } = await fixture.store.tasks.calculateTaskProgress(taskId).then(({ snapshot }) => snapshot);
      expect(progress).toMatchObject({ retry_count: 3, scanning_count: 1, completed_count: 4, assigned_count: 0 });
    });
    const due = await fixture.store.subTasks.findDueRetries([taskId], new Date(Date.now() + 60_000), 10);
    expect(due.map(({ subtask_id, attempt }) => [subtask_id, attempt]).sort()).toEqual([
      [`${taskId}-0`, 2],
      [`${taskId}-1`, 2],
      [`${taskId}-3`, 3],
    ]);
    await eventually(() =>
      expect(alerts().at(-1)![1]).toMatch(/^stranded_subtasks: 3 subtasks are open, and no node has them/),
    );
    expect(await audit(after(3 * GRACE_MS))).toEqual({ audited: 1, findings: 0 });
  });

  it('ends a task that could not end because of corrupted counters', async () => {
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
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('RUNNING');
    await audit(after(0));
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('COMPLETED');
    await eventually(() => expect(fixture.events.map(({ type }) => type)).toContain('task.completed'));
  });

  it('ends a closed task without a roll-up, after the grace', async () => {
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

  it('returns a settled task with an open subtask to follow-ended, which cancels the subtask', async () => {
    const { audit, counted } = createTestAudit();
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, [0], { status: 'SCANNING' });
    await fixture.store.tasks.calculateTaskProgress(taskId);
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
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

  it('deletes orphans of tasks old enough to have been cleaned up, and only reports those of younger tasks', async () => {
    const young = await fixture.createTask('127.0.0.0/30');
    await fixture.report(young, upTo(4), { status: 'COMPLETED' });
    for (const name of ['tasks', 'chunks']) await database.collection(name).deleteMany({ task_id: young });
    const old = `5${young.slice(1)}`;
    const subTasks = database.collection('subtasks');
    await subTasks.insertMany(upTo(3).map((index) => ({ task_id: old, subtask_id: `${old}-${index}`, index })));
    const chunks = database.collection('chunks');
    await chunks.insertOne({ _id: `${old}-0` as never, task_id: old, first_index: 0, count: 4 });

    const { audit, counted } = createTestAudit();
    expect(await audit(after(0))).toEqual({ audited: 0, findings: 4 });
    expect(await audit(after(1))).toEqual({ audited: 0, findings: 0 });
    expect(await counted('findings')).toEqual({ orphan_subtasks: 2, orphan_progress: 1, orphan_chunks: 1 });
    expect(await subTasks.countDocuments({ task_id: old })).toBe(0);
    expect(await chunks.countDocuments({ task_id: old })).toBe(0);
    expect(await subTasks.countDocuments({ task_id: young })).toBe(4);
    await eventually(() => expect(alerts()).toHaveLength(4));
    const reported = alerts().filter(([taskId]) => taskId === old);
    expect(reported.map(([, reason]) => reason)).toEqual([
      `orphan_chunks: 1 documents of a task that does not exist (${old}-0); deleted`,
      expect.stringMatching(/^orphan_subtasks: 3 documents .* deleted$/),
    ]);
  });

  it.each([10_000, 3])(
    'F21: finds nothing in a task with retries, a pause, a lost node and an end; %i subtasks per transaction',
    async (max) => {
      const { audit, counted } = createTestAudit({ maxSubTasks: max });
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
          await fixture.store.tasks.calculateTaskProgress(taskId);
        };
        await step(upTo(16), { status: 'ASSIGNED' });
        await step(upTo(16), { status: 'SCANNING' });
        await step(upTo(4), FAILURE);
        await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
        await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
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
      for (const _ of upTo(2)) expect(await audit(after(0))).toEqual({ audited: 1, findings: 0 });
      expect((await counted('tasks'))['recounted']).toBeGreaterThan(0);
    },
  );
});
