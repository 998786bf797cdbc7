import { countClosed, countOpen } from '@cyberstroll/contracts';
import { isEndedTask, type SubTaskStatus } from '@cyberstroll/state-machine';
import type { AuditFinding } from '@cyberstroll/task-state';
import { upTo } from '@cyberstroll/testkit';
import fc from 'fast-check';
import type { Database } from '../src/mongodb/models/database';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import type { Store, TaskAudit } from '../src/store';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
let db: Database;
beforeAll(async () => {
  fixture = await setup();
  ({ db } = await fixture.openParts('test'));
});
afterAll(() => fixture?.cleanup());

const options = () => ({ maxSubTasks: 10_000, now: new Date() });
async function look(taskId: string, store: Store = fixture.store, maxSubTasks = 10_000): Promise<AuditFinding[]> {
  return (await store.audit.auditTask(taskId, { ...options(), maxSubTasks }))!.findings;
}
const names = (findings: readonly AuditFinding[]) => findings.map(({ finding }) => finding);
const apply = (taskId: string, indexes: readonly number[], status: 'SCANNING' | 'COMPLETED' = 'COMPLETED') =>
  fixture.store.subTasks.batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), status)));
const rollUp = (taskId: string) => fixture.store.tasks.calculateTaskProgress(taskId);

describe('counters that were corrupted by hand', () => {
  it('are found and corrected in the same moment, and right from then on', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/27');
    await apply(taskId, upTo(10));
    await apply(taskId, [10, 11], 'SCANNING');
    await rollUp(taskId);
    expect(await look(taskId)).toEqual([]);
    await db.taskProgress.updateOne(
      { task_id: taskId },
      { $inc: { 'counts.completed_count': 7, 'counts.scanning_count': -3 } },
    );
    const [drift, ...others] = await look(taskId);
    expect(drift).toMatchObject({ finding: 'counter_drift', task_id: taskId });
    expect(drift!.reason).toBe('scanning_count -1, subtasks 2; completed_count 17, subtasks 10');
    expect(others).toEqual([]);
    await rollUp(taskId);
    expect(await look(taskId)).toEqual([]);
    await apply(taskId, [12]);
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      completed_count: 11,
      scanning_count: 2,
      pending_count: 19,
    });
  });

  it('are shown again although a whole shard is gone, with its seq', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    for (const index of upTo(5)) await apply(taskId, [index]);
    await rollUp(taskId);
    await db.taskProgress.deleteMany({ task_id: taskId });
    expect(names(await look(taskId))).toEqual(['counter_drift']);
    await rollUp(taskId);
    const { progress } = await fixture.store.tasks.getTask(taskId);
    expect(progress).toMatchObject({ completed_count: 5, pending_count: 11 });
    expect(await look(taskId)).toEqual([]);
  });

  it('are corrected once by two audits at once', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(taskId, upTo(5));
    await rollUp(taskId);
    await db.taskProgress.updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': 4 } });
    const other = await fixture.openStore('auditor-2');
    const both = await Promise.allSettled([look(taskId), look(taskId, other)]);
    expect(both.some(({ status }) => status === 'fulfilled')).toBe(true);
    await rollUp(taskId);
    expect(await look(taskId)).toEqual([]);
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({ completed_count: 5 });
  });
});

describe('a task of more subtasks than one transaction counts', () => {
  const MAX = 4;
  /** Looks at it as often as it takes to count it, and once at least. */
  async function lookInSlices(taskId: string, between: (looks: number) => Promise<unknown> = async () => undefined) {
    let before: TaskAudit['slices'];
    for (let looks = 1; ; looks++) {
      const audit = (await fixture.store.audit.auditTask(taskId, { ...options(), maxSubTasks: MAX, before }))!;
      if (audit.isRecounted || looks > 20) return { ...audit, looks };
      before = audit.slices;
      await between(looks);
    }
  }

  it('is recounted slice by slice when it stands still, put right, and right from then on', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(taskId, upTo(5));
    await apply(taskId, [9, 15], 'SCANNING');
    await rollUp(taskId);
    expect(await lookInSlices(taskId)).toMatchObject({ isRecounted: true, findings: [], looks: 1 + 16 / MAX });
    await db.taskProgress.updateOne(
      { task_id: taskId },
      { $inc: { 'counts.completed_count': 2, 'counts.scanning_count': -1 } },
    );
    const { findings } = await lookInSlices(taskId);
    expect(names(findings)).toEqual(['counter_drift']);
    expect(findings[0]!.reason).toBe('scanning_count 1, subtasks 2; completed_count 7, subtasks 5');
    await rollUp(taskId);
    expect(await lookInSlices(taskId)).toMatchObject({ isRecounted: true, findings: [] });
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      completed_count: 5,
      scanning_count: 2,
      pending_count: 9,
    });
  });

  it('is not counted again if its counters have not changed', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(taskId, upTo(5));
    await rollUp(taskId);
    const { slices } = await lookInSlices(taskId);
    const again = await fixture.store.audit.auditTask(taskId, { ...options(), maxSubTasks: MAX, before: slices });
    expect(again).toMatchObject({ isRecounted: true, isPartial: false, findings: [], slices });
    await db.taskProgress.updateOne({ task_id: taskId }, { $inc: { 'counts.failed_count': 1 } });
    const moved = await fixture.store.audit.auditTask(taskId, { ...options(), maxSubTasks: MAX, before: slices });
    expect(moved).toMatchObject({ isRecounted: false, isPartial: false });
  });

  it('is counted from the beginning where an update came in between, and nothing is found', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(taskId, upTo(3));
    await apply(taskId, [7, 12], 'SCANNING');
    await rollUp(taskId);
    const { findings, looks } = await lookInSlices(taskId, async (sofar) => {
      // The first slice is counted by then, without the fourth subtask.
      if (sofar === 2) await apply(taskId, [3, 8]);
    });
    expect(findings.filter(({ lasting }) => !lasting)).toEqual([]);
    expect(looks).toBe(2 + 1 + 16 / MAX);
  });
});

it('counts a settled task once until its counters change, and an open task at every pass', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/29');
  await apply(taskId, upTo(8));
  await rollUp(taskId);
  const lookAgain = (before?: TaskAudit['slices']) => fixture.store.audit.auditTask(taskId, { ...options(), before });
  const open = (await lookAgain())!;
  const change = (status: SubTaskStatus) =>
    db.subTasks.updateOne({ _id: toSubTaskObjectId(taskId, 0) }, { $set: { status } });
  await change('FAILED');
  expect(names((await lookAgain(open.slices))!.findings)).toEqual(['counter_drift']);
  await fixture.store.tasks.settleTasks([taskId]);
  const settled = (await lookAgain())!;
  expect(settled).toMatchObject({ isRecounted: true, findings: [] });
  await change('COMPLETED');
  expect(await lookAgain(settled.slices)).toEqual(settled);
  expect(names((await lookAgain())!.findings)).toEqual(['counter_drift']);
});

it('finds nothing while four writers apply updates, with retries among them, and the counters are right throughout', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/24', { retry_delay: 0 });
  const writers = [
    fixture.store,
    ...(await Promise.all(['b', 'c', 'd'].map((name) => fixture.openStore(`writer-${name}`)))),
  ];
  const claims = upTo(256).map((index) => claimOf(taskId, index));
  let isWriting = true;
  const findings: AuditFinding[] = [];
  let looks = 0;
  const auditor = (async () => {
    while (isWriting || looks < 5) {
      const found = await look(taskId);
      findings.push(...found.filter(({ finding, lasting }) => !lasting || finding === 'stranded_subtasks'));
      looks++;
    }
  })();
  await Promise.all(
    writers.map(async ({ tasks, subTasks }, w) => {
      for (const status of ['ASSIGNED', 'SCANNING', 'COMPLETED'] as const) {
        for (let first = 0; first < 256; first += 32) {
          const part = claims.slice((first + 64 * w) % 256, ((first + 64 * w) % 256) + 32);
          const fails = status === 'SCANNING' && w === 0;
          await subTasks.batchUpdateSubTasks(
            part.map((claim) => report(claim, fails ? 'FAILED' : status, fails ? failure('NETWORK_UNREACHABLE') : {})),
          );
        }
        await tasks.calculateTaskProgress(taskId);
      }
    }),
  ).finally(() => {
    isWriting = false;
  });
  await auditor;
  expect(findings).toEqual([]);
  expect(looks).toBeGreaterThanOrEqual(5);
  const progress = (await fixture.store.tasks.getStanding(taskId)).snapshot.progress;
  expect(countOpen(progress) + countClosed(progress) + progress.pending_count).toBe(256);
  expect(await db.taskProgress.countDocuments({ task_id: taskId, shard: 'audit' })).toBe(0);
});

it('corrects wrong counters while others write, and nothing else', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/24');
  await apply(taskId, upTo(16));
  await db.taskProgress.updateOne({ task_id: taskId }, { $inc: { 'counts.completed_count': -9 } });
  const drifts: string[] = [];
  await Promise.all([
    ...upTo(15).map((part) =>
      apply(
        taskId,
        upTo(16).map((i) => 16 + part * 16 + i),
      ),
    ),
    (async () => {
      for (const _ of upTo(10)) drifts.push(...names((await look(taskId)).filter(({ lasting }) => !lasting)));
    })(),
  ]);
  expect(drifts).toEqual(['counter_drift']);
  expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({ completed_count: 256 });
});

describe('an open subtask that nobody works on', () => {
  const spoilt: [string, object, number][] = [
    ['SCANNING without a deadline', { $unset: { deadline: '' } }, 0],
    ['SCANNING without a node', { $unset: { assigned_node: '' } }, 0],
    ['SCANNING without a lease', { $unset: { lease_id: '' } }, 0],
    ['ASSIGNED without a deadline', { $set: { status: 'ASSIGNED' }, $unset: { deadline: '' } }, 0],
    ['RETRYING without a time', { $unset: { retry_due_time: '' } }, 1],
    ['RETRYING with a time, under the lease of somebody', { $set: { lease_id: 'whose' } }, 1],
    ['PENDING', { $set: { status: 'PENDING' }, $unset: { retry_due_time: '' } }, 1],
  ];
  it.each(spoilt)('is found: %s', async (_name, update, index) => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
    await apply(taskId, [0], 'SCANNING');
    const claim = claimOf(taskId, 1);
    await fixture.store.subTasks.batchUpdateSubTasks([report(claim, 'FAILED', failure('NETWORK_UNREACHABLE'))]);
    await rollUp(taskId);
    expect(await look(taskId)).toEqual([]);
    await db.subTasks.updateOne({ _id: toSubTaskObjectId(taskId, index) as never }, update);
    const found = (await look(taskId)).find(({ finding }) => finding === 'stranded_subtasks');
    expect(found).toMatchObject({ lasting: true, task_id: taskId });
    expect(found!.reason).toContain(`1 subtasks are open, and no node has them (${taskId}-${index}`);
    const stranded = await fixture.store.audit.findStranded(taskId, { limit: 9, maxSubTasks: 9 });
    expect(stranded).toMatchObject([{ subtask_id: `${taskId}-${index}`, attempt: index + 1 }]);
  });

  it('is no finding of its own in a task that has ended: all that is open of it is cancelled', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
    await apply(taskId, [0], 'SCANNING');
    await rollUp(taskId);
    await db.subTasks.updateOne({ task_id: taskId }, { $set: { status: 'PENDING' } });
    await db.taskProgress.updateMany({ task_id: taskId }, { $set: { 'counts.scanning_count': 0 } });
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    await rollUp(taskId);
    expect(await look(taskId)).toEqual([]);
    await db.tasks.updateOne({ task_id: taskId }, { $set: { settled: true } });
    expect(names(await look(taskId))).toEqual(['open_in_ended_task']);
  });
});

it('finds targets that were sent out and are in no open chunk, and gives them back to the dispatcher', async () => {
  const taskId = await unsentTask(fixture.store, '127.0.0.0/30');
  const { chunks } = fixture.store;
  await chunks.openChunk({ task_id: taskId, first_index: 0, count: 4, now: new Date(0) });
  await chunks.advanceCursor(taskId, 0, 4);
  await apply(taskId, [0, 1, 2]);
  await rollUp(taskId);
  expect(await look(taskId)).toEqual([]);
  expect(await chunks.settleChunks([taskId], new Date())).toBe(1);
  expect(await look(taskId)).toMatchObject([{ finding: 'missing_targets', lasting: true }]);
  await fixture.store.audit.mendLedger(taskId);
  const dispatchedBefore = new Date(Date.now() + 1);
  expect(await chunks.findUnsettled({ task_id: taskId, dispatchedBefore, limit: 9 })).toHaveLength(1);
  expect(await look(taskId)).toEqual([]);
});

it('finds targets whose chunk is gone from the ledger, and enters them again', async () => {
  const taskId = await unsentTask(fixture.store, '127.0.0.0/29');
  const { chunks } = fixture.store;
  for (const first_index of [0, 4]) {
    await chunks.openChunk({ task_id: taskId, first_index, count: 4, now: new Date(0) });
    await chunks.advanceCursor(taskId, first_index, first_index + 4);
  }
  await apply(taskId, [0, 1, 2, 3, 4]);
  await rollUp(taskId);
  await db.chunks.deleteOne({ task_id: taskId, first_index: 4 });
  await db.chunks.updateMany({ task_id: taskId }, { $set: { settled: true } });
  expect(names(await look(taskId))).toEqual(['missing_targets']);
  await fixture.store.audit.mendLedger(taskId);
  const open = await chunks.findUnsettled({ task_id: taskId, dispatchedBefore: new Date(Date.now() + 1), limit: 9 });
  expect(open.map(({ first_index, count }) => [first_index, count])).toEqual([
    [0, 4],
    [4, 4],
  ]);
  expect(await look(taskId)).toEqual([]);
});

describe('no sequence of commands', () => {
  type Command = (store: Store, taskId: string) => Promise<unknown>;
  const COMMANDS: Record<string, Command> = {
    pause: ({ tasks }, id) => tasks.updateTaskStatus(id, 'PAUSED', 'test'),
    resume: ({ tasks }, id) => tasks.updateTaskStatus(id, 'RUNNING', 'test'),
    cancel: ({ tasks }, id) => tasks.updateTaskStatus(id, 'CANCELLED', 'test'),
    label: ({ tasks }, id) => tasks.changeFields(id, ({ labels }) => ({ labels: [`l${labels?.length ?? 0}`] })),
    rename: ({ tasks }, id) => tasks.changeFields(id, ({ name }) => ({ name: `${name ?? ''}n` })),
    priority: ({ tasks }, id) => tasks.changeFields(id, ({ config }) => ({ priority: (config.priority % 10) + 1 })),
    retry: ({ tasks }, id) => tasks.reopenTask(id, 'test', 'otto', { all: true }),
    'retry one': ({ tasks }, id) => tasks.reopenTask(id, 'test', 'otto'),
    delete: ({ cleanUp }, id) => cleanUp.requestOne(id, 'otto', new Date()),
    // The services' own sweeps run in between.
    'roll up': ({ tasks }, id) => tasks.calculateTaskProgress(id),
    settle: ({ tasks }, id) => tasks.settleTasks([id]),
  };
  const STATES = [['SCANNING'], ['COMPLETED'], ['COMPLETED', 'FAILED'], ['FAILED', 'FAILED']] as const;

  it('makes the audit find anything', async () => {
    const commands = fc.array(fc.constantFrom(...Object.keys(COMMANDS)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...STATES), commands, async (statuses, names) => {
        const config = { max_retries: 0 };
        const taskId = await queuedTask(fixture.store, statuses.length === 1 ? '127.0.0.1' : '127.0.0.0/31', config);
        await fixture.store.subTasks.batchUpdateSubTasks(
          statuses.map((status, index) =>
            report(claimOf(taskId, index), status, status === 'FAILED' ? failure('CONNECTION_REFUSED') : {}),
          ),
        );
        await rollUp(taskId);
        await fixture.store.tasks.settleTasks([taskId]);
        for (const name of names) {
          await COMMANDS[name]!(fixture.store, taskId).catch((error: unknown) =>
            expect(error).toMatchObject({ kind: 'conflict' }),
          );
        }
        // What the sweeps of open and of ended tasks do, sooner or later.
        const { settled, status } = await fixture.store.tasks.getTask(taskId);
        if (!settled && isEndedTask(status)) await fixture.store.tasks.settleTasks([taskId]);
        if (!settled) await rollUp(taskId);
        expect(await look(taskId)).toEqual([]);
      }),
      { numRuns: 15, examples: [[STATES[1], ['label']]] },
    );
  });
});
