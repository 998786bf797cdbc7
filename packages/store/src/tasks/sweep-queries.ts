import { type Task, taskSchema } from '@cyberstroll/contracts';
import { ENDED_TASK_STATUSES, OPEN_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import type { KeyRange } from '@cyberstroll/targets';
import { isHoldOver, isTaskOverdue, TIMED_TASK_STATUSES } from '@cyberstroll/task-state';
import { TOTAL, withTotal } from '../dispatch/dispatch-queries';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks, findUnsettledTasks } from '../mongodb/models/find-tasks';
import { indexFirst } from '../mongodb/queries/index-first';
import { createCheck, findReadable } from '../mongodb/queries/readable';

/**
 * `stopped`: open tasks that are PAUSED or held. `retrying`: RUNNING tasks that are not held, and whose documents show
 * RETRYING subtasks. They show their counters some seconds later.
 */
export type UnsettledKind = 'open' | 'ended' | 'stopped' | 'retrying';

const UNSETTLED_TASK = [
  'task_id',
  'status',
  'config.pool',
  'config.subtask_timeout',
  'config.max_concurrent',
  'config.max_starts_per_second',
  'config.per_prefix',
  'scan.method',
  'cursor',
  'resumed_time',
  'traceparent',
  'rev',
  'progress_seq',
  'hold.code',
] as const;

const hasTotal = createCheck(taskSchema, ['task_id', TOTAL]);
const isUnsettledTask = createCheck(taskSchema, [...UNSETTLED_TASK, TOTAL]);

/** The fields of a task that the walks over open, ended or stopped tasks need. */
export type UnsettledTask = Part<Task, (typeof UNSETTLED_TASK)[number]> & { total_targets: number };

export type ResumedTask = Part<Task, 'task_id' | 'status' | 'resumed_time' | 'hold.code'>;

/** A task that a roll-up may change. */
export interface MovedTask {
  task_id: string;
  /** As a snapshot of its progress has it. */
  seq: number;
}

const CLOCK = ['task_id', 'status', 'config.timeout', 'started_time', 'paused_time', 'paused_seconds'] as const;

const STATUSES: Record<UnsettledKind, readonly TaskStatus[]> = {
  open: OPEN_TASK_STATUSES,
  ended: ENDED_TASK_STATUSES,
  stopped: OPEN_TASK_STATUSES,
  retrying: ['RUNNING'],
};

/** What periodic sweeps ask about tasks: of each task only the fields that the sweep needs. */
export function createSweepQueries(db: Database) {
  const toFilter = (only: UnsettledKind | undefined) => ({
    ...(only && { status: { $in: STATUSES[only] } }),
    ...(only === 'stopped' && { $or: [{ status: 'PAUSED' as const }, { hold: { $exists: true } }] }),
    ...(only === 'retrying' && { 'progress.retry_count': { $gt: 0 }, hold: { $exists: false } }),
  });

  /** By task: two numbers of its counters. A task that nobody has touched is missing. */
  async function sumCounters(taskIds: readonly string[]) {
    const sums = db.taskProgress.aggregate<{ _id: string; seq: number; reopened: number }>(
      [
        { $match: { task_id: { $in: taskIds } } },
        { $group: { _id: '$task_id', seq: { $sum: '$seq' }, reopened: { $sum: '$stats.reopened' } } },
      ],
      IN_ONE_ANSWER,
    );
    return new Map((await sums.toArray()).map(({ _id, ...sum }) => [_id, sum]));
  }

  return {
    /** Whether there is a task that a sweep over open subtasks must look at. */
    async hasUnsettled(): Promise<boolean> {
      return (await findUnsettledTasks(db, ['task_id']).limit(1).toArray()).length > 0;
    },
    /** Tasks that sweeps must look at: open tasks, and ended tasks with open subtasks. By id, after `after`. */
    async findUnsettled(
      limit: number,
      { only, after }: { only?: UnsettledKind; after?: string | undefined } = {},
    ): Promise<UnsettledTask[]> {
      const find = (most: number) =>
        findUnsettledTasks(db, [...UNSETTLED_TASK, TOTAL], { filter: toFilter(only), after })
          .limit(most)
          .toArray();
      return (await findReadable(find, limit, isUnsettledTask)).map(withTotal);
    },
    /**
     * Of a page of the open tasks, by id, after `after`, those that a roll-up may change: their counters or their
     * revision are ahead of what their document shows, or their end was held until `now`. `next` is undefined after the
     * last page.
     */
    async findMoved({
      after,
      limit,
      now,
    }: {
      after?: string | undefined;
      limit: number;
      now: Date;
    }): Promise<{ tasks: MovedTask[]; next: string | undefined }> {
      const fields = ['task_id', 'rev', 'progress_seq', 'end_hold'] as const;
      const page = await findUnsettledTasks(db, fields, { filter: toFilter('open'), after })
        .limit(limit)
        .toArray();
      // After the tasks: a roll-up that is written in between makes no task look as if it had not moved.
      const sums = await sumCounters(page.map(({ task_id }) => task_id));
      const tasks = page.flatMap(({ task_id, rev, progress_seq, end_hold }) => {
        const counted = sums.get(task_id);
        const seq = (counted?.seq ?? 0) + rev;
        return seq > progress_seq || isHoldOver(end_hold, counted?.reopened ?? 0, now) ? [{ task_id, seq }] : [];
      });
      return { tasks, next: page.length < limit ? undefined : page.at(-1)!.task_id };
    },
    /**
     * A page of the open tasks that may have a target in these ranges, by id, after `after`, or those that are named.
     */
    async findOpenWithin(
      ranges: readonly KeyRange[],
      which: { after: string | undefined; limit: number } | { taskIds: readonly string[] },
    ): Promise<Pick<UnsettledTask, 'task_id' | 'total_targets'>[]> {
      const overlap = ranges.map(({ first, last }) => ({
        target_ranges: { $elemMatch: { first: { $lte: last }, last: { $gte: first } } },
      }));
      const filter = { ...toFilter('open'), $or: overlap };
      if ('taskIds' in which) {
        const found = await findTasks(db, which.taskIds, ['task_id', TOTAL], { filter }).toArray();
        return found.filter(hasTotal).map(withTotal);
      }
      const find = (most: number) =>
        findUnsettledTasks(db, ['task_id', TOTAL], { filter, after: which.after }).limit(most).toArray();
      return (await findReadable(find, which.limit, hasTotal)).map(withTotal);
    },
    /** Tasks that have run for longer than their timeout. */
    async findOverdue(now: Date, limit: number): Promise<Part<Task, 'task_id' | 'config.timeout'>[]> {
      const found = findUnsettledTasks(db, CLOCK, { filter: toOverdueFilter(now) });
      return (await found.limit(limit).toArray()).filter((task) => isTaskOverdue(task, now));
    },
    /** The open tasks that may begin nothing: PAUSED or held ones. */
    async findStopped(): Promise<string[]> {
      const found = findUnsettledTasks(db, ['task_id'], { filter: toFilter('stopped') });
      return (await found.toArray()).map(({ task_id }) => task_id);
    },
    /** Tasks that ended after `since`, latest first. */
    findEnded: (since: Date, limit: number): Promise<Pick<Task, 'task_id' | 'status'>[]> =>
      findFields(db.tasks, { completed_time: { $gt: since } }, ['task_id', 'status'])
        .sort({ completed_time: -1 })
        .limit(limit)
        .toArray(),
    /** Open tasks that were resumed, or released, after `since`, latest first. */
    findResumed(since: Date, limit: number): Promise<ResumedTask[]> {
      const isOpen = { settled: false, status: { $in: OPEN_TASK_STATUSES } };
      const filter = indexFirst({ resumed_time: { $gt: since } }, isOpen);
      return findFields(db.tasks, filter, ['task_id', 'status', 'resumed_time', 'hold.code'])
        .sort({ resumed_time: -1 })
        .limit(limit)
        .toArray();
    },
  };
}

/** `isTaskOverdue` as MongoDB computes it, so that it looks at the open tasks and answers with these alone. */
function toOverdueFilter(now: Date) {
  const toMs = (date: unknown) => ({ $toLong: date });
  const elapsedMs = { $subtract: [toMs({ $ifNull: ['$paused_time', now] }), toMs('$started_time')] };
  const allowedMs = { $multiply: [1_000, { $add: ['$config.timeout', '$paused_seconds'] }] };
  const timed = { status: { $in: TIMED_TASK_STATUSES }, 'config.timeout': { $gt: 0 }, started_time: { $exists: true } };
  return { ...timed, $expr: { $gte: [elapsedMs, allowedMs] } };
}
