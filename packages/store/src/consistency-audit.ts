/**
 * Compares what is kept twice: a task's counters with its subtasks, its state with theirs, and looks for what belongs to no
 * task. Everything of a task is read in one transaction, and its counters are corrected in the same one: an update that
 * lands meanwhile moves a subtask and its counter together, so the difference that was found stays the difference.
 */

import { BUCKET_OF_STATUS, NO_TOUCHED, type Task, type TouchedCounts } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';
import type { ClientSession, Connection } from 'mongoose';
import { inTransaction } from './connection';
import type { Finding } from './find-inconsistencies';
import { type AuditFacts, findInconsistencies, toCorrection } from './find-inconsistencies';
import type { Models } from './models/create-models';
import type { TaskProgressDocument } from './models/documents';
import type { OrphanSearch } from './orphan-search';
import { createOrphanSearch } from './orphan-search';
import { NOT_DELETING } from './read-counters';
import { sumShards } from './task-counters';

export interface TaskAudit {
  /** A `counter_drift` among them was corrected already where the task `isRecounted`. */
  findings: Finding[];
  /** False where the task has more subtasks than may be counted in one transaction. */
  isRecounted: boolean;
}

export interface ConsistencyAudit extends OrphanSearch {
  /**
   * The ids of unsettled tasks, and of those that ended after `endedAfter`, from `after` or from the beginning. `next` is
   * undefined at the end.
   */
  findAuditable(query: {
    endedAfter: Date;
    limit: number;
    after?: string | undefined;
  }): Promise<{ taskIds: string[]; next: string | undefined }>;
  /** Looks at one task at one moment, and corrects its counters at the same. Undefined where there is no such task. */
  auditTask(taskId: string, options: { maxSubTasks: number; now: Date }): Promise<TaskAudit | undefined>;
  /** Lets the sweeps look at a settled task again. */
  unsettleTask(taskId: string): Promise<void>;
  /** Lets the dispatcher look after all that was sent out of a task again. */
  unsettleChunks(taskId: string): Promise<void>;
}

/** The shard that corrections are written to: no updater's, so that they never wait for one. */
const SHARD = 'audit';

export function createConsistencyAudit(connection: Connection, models: Models): ConsistencyAudit {
  const tasks = models.tasks.collection;

  async function readFacts(
    taskId: string,
    maxSubTasks: number,
    now: Date,
    session: ClientSession,
  ): Promise<AuditFacts | undefined> {
    const found = await tasks.findOne({ task_id: taskId, ...NOT_DELETING }, { session, projection: PROJECTION });
    if (!found) return undefined;
    const task = found as unknown as Task;
    const shards = await models.taskProgress.collection.find({ task_id: taskId }, { session }).toArray();
    const { touched, seq } = sumShards(shards as unknown as TaskProgressDocument[]);
    const total = task.progress.total_targets;
    const isCountable = Math.min(task.cursor, total) <= maxSubTasks;
    return {
      task,
      total,
      counted: touched,
      seq,
      recounted: isCountable ? await recount(models, taskId, maxSubTasks, session) : undefined,
      hasUnsettledChunk: !!(await models.chunks.collection.findOne(
        { task_id: taskId, settled: false },
        { session, projection: { _id: 1 } },
      )),
      now,
    };
  }

  return {
    async findAuditable({ endedAfter, limit, after = `${WALKS[0]}:` }) {
      const [walk, last] = after.split(':') as [Walk, string];
      const ended = { settled: true, completed_time: { $exists: true, $gt: endedAfter } };
      const filter = walk === 'unsettled' ? { settled: false } : ended;
      const found = await tasks
        .find({ ...filter, task_id: { $gt: last } }, { projection: { _id: 0, task_id: 1 } })
        .sort({ task_id: 1 })
        .limit(limit)
        .toArray();
      const further = WALKS[WALKS.indexOf(walk) + 1];
      const taskIds = found.map((task) => task['task_id'] as string);
      return { taskIds, next: found.length === limit ? `${walk}:${taskIds.at(-1)}` : further && `${further}:` };
    },
    auditTask(taskId, { maxSubTasks, now }) {
      return inTransaction(connection, async (session): Promise<TaskAudit | undefined> => {
        const facts = await readFacts(taskId, maxSubTasks, now, session);
        if (!facts) return undefined;
        const findings = findInconsistencies(facts);
        if (facts.recounted && findings.some(({ finding }) => finding === 'counter_drift')) {
          await models.taskProgress.collection.updateOne(
            { _id: `${taskId}:${SHARD}` as never },
            { $inc: toCorrection(facts), $set: { task_id: taskId, shard: SHARD } },
            { upsert: true, session },
          );
        }
        return { findings, isRecounted: facts.recounted !== undefined };
      });
    },
    async unsettleTask(taskId) {
      await tasks.updateOne({ task_id: taskId, settled: true, ...NOT_DELETING }, { $set: { settled: false } });
    },
    async unsettleChunks(taskId) {
      await models.chunks.collection.updateMany({ task_id: taskId, settled: true }, { $set: { settled: false } });
    },
    ...createOrphanSearch(models),
  };
}

/** One after the other, each by task id: an index serves each. */
const WALKS = ['unsettled', 'ended'] as const;
type Walk = (typeof WALKS)[number];

const PROJECTION = {
  _id: 0,
  task_id: 1,
  status: 1,
  settled: 1,
  rev: 1,
  progress_seq: 1,
  cursor: 1,
  error_info: 1,
  end_hold: 1,
  accepted_failures: 1,
  retry_all: 1,
  'progress.total_targets': 1,
} as const;

/** A task's subtasks by bucket; undefined where there are more than `max`. */
async function recount(
  models: Models,
  taskId: string,
  max: number,
  session: ClientSession,
): Promise<TouchedCounts | undefined> {
  const groups = await models.subTasks.collection
    .aggregate<{ _id: SubTaskStatus; count: number }>(
      [{ $match: { task_id: taskId } }, { $limit: max + 1 }, { $group: { _id: '$status', count: { $sum: 1 } } }],
      { session },
    )
    .toArray();
  const counts = { ...NO_TOUCHED };
  let sum = 0;
  for (const { _id, count } of groups) {
    sum += count;
    const bucket = BUCKET_OF_STATUS[_id];
    if (bucket && bucket !== 'pending_count') counts[bucket] += count;
  }
  return sum > max ? undefined : counts;
}
