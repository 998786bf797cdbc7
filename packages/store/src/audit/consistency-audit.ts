/**
 * Compares facts that are kept twice: a task's counters with its subtasks, and its state with theirs. Also looks for
 * documents whose task is gone, and for subtasks that nobody works on.
 *
 * The facts are read in one transaction, and the counters are corrected in the same one. An update that arrives
 * meanwhile changes a subtask and its counter together, so the difference that was found stays the same.
 */

import type { Task } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import {
  type AuditFacts,
  type AuditFinding,
  findInconsistencies,
  type StrandedSubTask,
  sumShards,
  type TaskCounters,
  toCorrection,
} from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import { NOT_DELETING } from '../counters/read-counters';
import { inTransaction } from '../mongodb/connection/connection';
import { readSnapshot } from '../mongodb/connection/read-snapshot';
import type { Database } from '../mongodb/models/database';
import { findFields, findOneFields, type Part } from '../mongodb/models/fields';
import { findUnsettledTasks } from '../mongodb/models/find-tasks';
import { findStranded } from './find-stranded';
import { mendLedger } from './mend-ledger';
import { createOrphanSearch } from './orphan-search';
import { beginSlices, countAll, countSlice, type Recounted, type SlicedRecount, toMark } from './recount-subtasks';

export interface TaskAudit {
  /** If the task `isRecounted`, a `counter_drift` among them is already corrected. */
  findings: AuditFinding[];
  /**
   * False if the task has more subtasks than one transaction may count, and its counters changed too recently.
   */
  isRecounted: boolean;
  /** Pass it as `before` to the next audit of this task. */
  slices?: SlicedRecount;
  /** The recount is not finished, and nothing else was checked. */
  isPartial: boolean;
}

export type ConsistencyAudit = ReturnType<typeof createConsistencyAudit>;

/** The shard that corrections are written to. No updater writes to it, so corrections never wait for an updater. */
const SHARD = 'audit';
/** If there are more, this many are reported. */
const MAX_STRANDED = 1_000;

export function createConsistencyAudit(db: Database) {
  async function look(
    taskId: string,
    options: Parameters<ConsistencyAudit['auditTask']>[1],
    session: ClientSession,
  ): Promise<{ audit: TaskAudit; facts?: AuditFacts } | undefined> {
    const filter = { task_id: taskId, ...NOT_DELETING };
    const task = await findOneFields(db.tasks, filter, AUDITED, { session });
    if (!task) return undefined;
    const counters = sumShards(await db.taskProgress.find({ task_id: taskId }, { session }).toArray());
    const { recounted, slices } = await recount(task, counters, options, session);
    const total = task.progress.total_targets;
    if (slices && slices.next > 0 && slices.next < total) {
      return { audit: { findings: [], isRecounted: false, slices, isPartial: true } };
    }
    const facts: AuditFacts = {
      task,
      total,
      counted: counters.touched,
      seq: counters.seq,
      reopened: counters.stats.reopened,
      recounted: recounted?.touched,
      pendingDocuments: recounted?.pending ?? 0,
      stranded: isEndedTask(task.status)
        ? []
        : await findStranded(db, taskId, { ...options, limit: MAX_STRANDED }, session),
      hasUnsettledChunk: !!(await db.chunks.findOne(
        { task_id: taskId, settled: false },
        { session, projection: { _id: 1 } },
      )),
      now: options.now,
    };
    const findings = findInconsistencies(facts);
    const isRecounted = recounted !== undefined;
    return { audit: { findings, isRecounted, ...(slices && { slices }), isPartial: false }, facts };
  }

  /**
   * A settled task is counted once as long as its counters do not change. The first look counts no slice, and no slice
   * is counted while the counters change: most of that work would be wasted.
   */
  async function recount(
    { task_id, cursor, settled, progress: { total_targets: total } }: AuditedTask,
    counters: TaskCounters,
    { maxSubTasks, before }: Parameters<ConsistencyAudit['auditTask']>[1],
    session: ClientSession,
  ): Promise<{ recounted: Recounted | undefined; slices?: SlicedRecount }> {
    const mark = toMark(counters);
    const stands = before?.mark === mark ? before : undefined;
    const isCounted = stands !== undefined && stands.next >= total;
    if (!(settled && isCounted) && cursor <= maxSubTasks) {
      const recounted = await countAll(db, task_id, maxSubTasks, session);
      if (recounted) return { recounted, ...(settled && { slices: { mark, next: total, recounted } }) };
    }
    if (!stands) return { recounted: undefined, slices: beginSlices(mark) };
    const slices = isCounted ? stands : await countSlice(db, task_id, stands, maxSubTasks, session);
    return { recounted: slices.next < total ? undefined : slices.recounted, slices };
  }

  async function correct(facts: AuditFacts, session: ClientSession): Promise<void> {
    const { task_id } = facts.task;
    await db.taskProgress.updateOne(
      { _id: `${task_id}:${SHARD}`, task_id },
      { $inc: toCorrection(facts), $set: { task_id, shard: SHARD } },
      { upsert: true, session },
    );
  }

  return {
    /**
     * The ids of unsettled tasks, and of tasks that ended after `endedAfter`; from `after`, or from the beginning.
     * `next` is undefined at the end.
     */
    async findAuditable({
      endedAfter,
      limit,
      after = `${WALKS[0]}:`,
    }: {
      endedAfter: Date;
      limit: number;
      after?: string | undefined;
    }): Promise<{ taskIds: string[]; next: string | undefined }> {
      const [walk, last] = after.split(':') as [Walk, string];
      const ended = { settled: true, completed_time: { $exists: true, $gt: endedAfter } };
      const found = await (walk === 'unsettled'
        ? findUnsettledTasks(db, ['task_id'], { after: last })
        : findFields(db.tasks, { ...ended, task_id: { $gt: last } }, ['task_id']).sort({ task_id: 1 })
      )
        .limit(limit)
        .toArray();
      const further = WALKS[WALKS.indexOf(walk) + 1];
      const taskIds = found.map(({ task_id }) => task_id);
      return { taskIds, next: found.length === limit ? `${walk}:${taskIds.at(-1)}` : further && `${further}:` };
    },
    /**
     * Checks one task at one moment, and corrects its counters in the same transaction. A task with more than
     * `maxSubTasks` subtasks is recounted `maxSubTasks` at a time, one slice per call, as long as its counters have not
     * changed since the call that gave `before`. Undefined if the task does not exist.
     */
    async auditTask(
      taskId: string,
      options: { maxSubTasks: number; now: Date; before?: SlicedRecount | undefined },
    ): Promise<TaskAudit | undefined> {
      const seen = await readSnapshot(db.connection, (session) => look(taskId, options, session));
      if (!seen || !isDrift(seen.audit)) return seen?.audit;
      return inTransaction(db.connection, async (session) => {
        const again = await look(taskId, options, session);
        if (again?.facts && isDrift(again.audit)) await correct(again.facts, session);
        return again?.audit;
      });
    },
    /** Makes the sweeps look at a settled task again. */
    async unsettleTask(taskId: string): Promise<void> {
      await db.tasks.updateOne({ task_id: taskId, settled: true, ...NOT_DELETING }, { $set: { settled: false } });
    },
    /** Makes the dispatcher look again at everything that was sent for a task, also where its ledger has gaps. */
    mendLedger: (taskId: string): Promise<void> => mendLedger(db, taskId),
    /** The stranded subtasks of a task, up to `limit`, among the first `maxSubTasks` of each status. */
    findStranded: (taskId: string, options: { limit: number; maxSubTasks: number }): Promise<StrandedSubTask[]> =>
      findStranded(db, taskId, options),
    ...createOrphanSearch(db),
  };
}

/** Only a recount shows a drift, and can correct it. */
const isDrift = ({ findings, isRecounted }: TaskAudit) =>
  isRecounted && findings.some(({ finding }) => finding === 'counter_drift');

/** The two walks, one after the other, each by task id. An index serves each. */
const WALKS = ['unsettled', 'ended'] as const;
type Walk = (typeof WALKS)[number];

const AUDITED = [
  'task_id',
  'status',
  'settled',
  'rev',
  'progress_seq',
  'cursor',
  'error_info',
  'end_hold',
  'accepted_failures',
  'retry_all',
  'progress',
] as const;
type AuditedTask = Part<Task, (typeof AUDITED)[number]>;
