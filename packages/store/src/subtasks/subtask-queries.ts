import { parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { OPEN_SUBTASK_STATUSES } from '@cyberstroll/state-machine';
import { toUntouchedSubTask } from '@cyberstroll/task-state';
import { findFields, WITHOUT_ID } from '../mongodb/fields';
import { updateEach } from '../mongodb/update-each';
import type { SubTaskQueries } from '../store';
import { indexRange, toSubTaskObjectId } from './subtask-object-id';
import { createSubTaskPages, type SubTaskReaderDeps } from './subtask-pages';

const MAX_INDEX = 0xffff_ffff;
/** Tasks that one look for dropped retries serves. */
const MAX_RESUMED = 1_000;
const RECALLED_AT_ONCE = 1_000;

export function createSubTaskQueries(deps: SubTaskReaderDeps): SubTaskQueries {
  const { db } = deps;
  const find = (filter: object, limit: number, sort: Record<string, 1>): Promise<SubTask[]> =>
    db.subTasks.find<SubTask>(filter, WITHOUT_ID).sort(sort).limit(limit).toArray();

  /** Of those that `filter` fits still. */
  async function setTimes(
    subTaskIds: readonly string[],
    filter: object,
    times: Pick<SubTask, 'next_retry_time' | 'retry_sent_time' | 'deadline'>,
  ): Promise<void> {
    const ids = subTaskIds.map(parseSubTaskId).filter((id) => id !== undefined);
    const each = ids.map(({ taskId, index }) => ({ ...filter, _id: toSubTaskObjectId(taskId, index) }));
    await updateEach(db.subTasks, each, { $set: times });
  }
  async function recall(filter: object, now: Date): Promise<number> {
    const some = db.subTasks.find(filter, { projection: { _id: 1 } }).limit(RECALLED_AT_ONCE);
    const each = (await some.toArray()).map(({ _id }) => ({ ...filter, _id }));
    const recalled = await updateEach(db.subTasks, each, {
      $set: { next_retry_time: now },
      $unset: { retry_sent_time: '' },
    });
    return each.length < RECALLED_AT_ONCE ? recalled : recalled + (await recall(filter, now));
  }
  const isNotTaken = { next_retry_time: { $exists: true } };
  const isNotBegun = { deadline: { $exists: true }, started_time: { $exists: false } };

  return {
    findPage: createSubTaskPages(deps),
    async getSubTask(subTaskId) {
      const id = parseSubTaskId(subTaskId);
      const notFound = new AppError('subtask_not_found', { detail: subTaskId, field: 'subtask_id' });
      if (!id || id.index > MAX_INDEX) throw notFound;
      const _id = toSubTaskObjectId(id.taskId, id.index);
      const found = await db.subTasks.findOne<SubTask>({ _id }, WITHOUT_ID);
      if (found) return found;
      const task = await deps.commands.readTask(id.taskId);
      if (id.index >= task.progress.total_targets) throw notFound;
      const targetIndex = await deps.getTargetIndex(id.taskId, task.progress.total_targets);
      return toUntouchedSubTask(task, id.index, targetIndex.member(id.index));
    },
    findHeld({ node_id, instances, exceptInstances = [], updatedBefore, limit }) {
      const filter = {
        assigned_node: node_id,
        deadline: { $exists: true },
        ...(instances !== undefined && { assigned_instance: { $in: [...instances] } }),
        ...(exceptInstances.length > 0 && { assigned_instance: { $nin: [...exceptInstances] } }),
        ...(updatedBefore !== undefined && { updated_time: { $lt: updatedBefore } }),
      };
      return find(filter, limit, { deadline: 1 });
    },
    async countHeld() {
      const groups = await db.subTasks
        .aggregate<{ _id: string; count: number }>([
          { $match: { deadline: { $exists: true } } },
          { $group: { _id: '$assigned_node', count: { $sum: 1 } } },
        ])
        .toArray();
      return new Map(groups.map(({ _id, count }) => [_id, count]));
    },
    async findHolders() {
      const holders = await db.subTasks.distinct('assigned_node', { deadline: { $exists: true } });
      return holders.filter((holder) => holder !== undefined);
    },
    findOverdue: ({ now, nodes, limit }) =>
      find({ deadline: { $exists: true, $lt: now }, assigned_node: { $in: nodes } }, limit, { deadline: 1 }),
    putOffDeadlines: (subTaskIds, until) => setTimes(subTaskIds, isNotBegun, { deadline: until }),
    findDueRetries: (now, limit) =>
      find({ next_retry_time: { $exists: true, $lte: now } }, limit, { next_retry_time: 1 }),
    findSentRetries: ({ sentBefore, now, limit }) =>
      find({ next_retry_time: { $exists: true, $gt: now }, retry_sent_time: { $lte: sentBefore } }, limit, {
        next_retry_time: 1,
      }),
    markRetriesSent: (subTaskIds, again) =>
      setTimes(subTaskIds, isNotTaken, { next_retry_time: again, retry_sent_time: new Date() }),
    async recallRetries(resumedAfter, now) {
      const isResumed = { resumed_time: { $exists: true, $gt: resumedAfter }, status: 'RUNNING' } as const;
      const resumed = await findFields(db.tasks, isResumed, ['task_id', 'resumed_time']).limit(MAX_RESUMED).toArray();
      let recalled = 0;
      for (const { task_id, resumed_time } of resumed) {
        const sentBefore = { next_retry_time: { $gt: now }, retry_sent_time: { $lt: resumed_time } };
        recalled += await recall({ task_id, status: 'RETRYING', ...sentBefore }, now);
      }
      return recalled;
    },
    putOffRetries: (subTaskIds, until) => setTimes(subTaskIds, isNotTaken, { next_retry_time: until }),
    findOpen: (taskId, limit) => find({ task_id: taskId, status: { $in: OPEN_SUBTASK_STATUSES } }, limit, { _id: 1 }),
    findFailed(taskId, limit, { after = -1, restedBy } = {}) {
      const filter = {
        _id: indexRange(taskId, after + 1, MAX_INDEX),
        task_id: taskId,
        status: { $in: ['FAILED', 'TIMEOUT'] },
        ...(restedBy && { updated_time: { $lte: restedBy } }),
      };
      return find(filter, limit, { _id: 1 });
    },
  };
}
