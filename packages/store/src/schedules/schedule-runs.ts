import type { Page, RunChanges, RunOutcome, Schedule, ScheduleRun, Task } from '@cyberstroll/contracts';
import { OPEN_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';
import { toRunName } from '../tasks/claim-runs';
import { MAX_LATE } from './schedule-store';

/** How long a run is kept, and how many of one schedule: a schedule of each minute would have 576,000. */
const KEEP_MS = 400 * 86_400_000;
const MAX_KEPT = 1_000;

export type NewRun = Omit<ScheduleRun, 'expires'>;

export type OpenTaskOfSchedule = Pick<Task, 'task_id' | 'planned_time'>;

export type StuckRun = Pick<ScheduleRun, 'schedule_id' | 'planned_time' | 'decided_time'> & Pick<Schedule, 'name'>;

/** What names a run. */
type RunId = Pick<ScheduleRun, 'schedule_id' | 'planned_time'>;

/**
 * The runs of schedules: one document for each planned time, whose `_id` is made of schedule and time. Who inserts it
 * decides; everybody else continues with that decision.
 */
export function createScheduleRuns(db: Database, maxKept = MAX_KEPT) {
  /** Deletes the oldest, unless something is to be done for them. */
  async function removeOldest(schedule_id: string): Promise<void> {
    const found = db.scheduleRuns.find({ schedule_id }, { projection: { _id: 0, planned_time: 1 } });
    const [last] = await found.sort({ planned_time: -1 }).skip(maxKept).limit(1).toArray();
    if (!last) return;
    const old = { schedule_id, planned_time: { $lte: last.planned_time } };
    await db.scheduleRuns.deleteMany({ ...old, todo: { $exists: false }, compare: { $exists: false } });
  }

  return {
    /**
     * Stores a decision, unless the planned time has one already. Resolves with the one that counts. Of a schedule, the
     * last 1,000 runs are kept.
     */
    async decide(run: NewRun): Promise<{ run: ScheduleRun; isNew: boolean }> {
      const _id = toRunName(run);
      const document = { ...run, expires: new Date(run.decided_time.getTime() + KEEP_MS) };
      try {
        await db.scheduleRuns.insertOne({ _id, ...document });
        await removeOldest(run.schedule_id);
        return { run: document, isNew: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // It may have been deleted with its schedule.
        const known = await db.scheduleRuns.findOne<ScheduleRun>({ _id }, WITHOUT_ID);
        return { run: known ?? document, isNew: false };
      }
    },
    /** Runs for which something is to be done, the oldest first; those that wait for their tasks before the others. */
    findTodo: (limit: number): Promise<ScheduleRun[]> =>
      db.scheduleRuns
        .find<ScheduleRun>({ todo: { $exists: true } }, WITHOUT_ID)
        .sort({ todo: 1, planned_time: 1 })
        .limit(limit)
        .toArray(),
    /** Whether a run of the schedule waits for its task. */
    hasWaiting: async (schedule_id: string): Promise<boolean> =>
      (await db.scheduleRuns.findOne({ todo: 'create', schedule_id }, { projection: { _id: 1 } })) !== null,
    /** Notes what became of a run, and what is to be done next. Without effect if somebody has noted it already. */
    async note({ todo, ...run }: ScheduleRun, outcome: Partial<ScheduleRun>): Promise<void> {
      const { todo: next, ...set } = outcome;
      const change = { $set: { ...set, ...(next && { todo: next }) }, ...(!next && { $unset: { todo: '' as const } }) };
      await db.scheduleRuns.updateOne({ _id: toRunName(run), ...(todo && { todo }) }, change);
    },
    /** Runs that are to be compared with the run before them: those that were continued the longest ago first. */
    findToCompare: (limit: number): Promise<ScheduleRun[]> =>
      db.scheduleRuns
        .find<ScheduleRun>({ compare: true }, WITHOUT_ID)
        .sort({ compared_time: 1, planned_time: 1 })
        .limit(limit)
        .toArray(),
    /** Notes how far a comparison has come since `run` was read. Without effect if somebody has continued it. */
    async noteComparing(run: ScheduleRun, compared_time: Date, comparing = run.comparing): Promise<void> {
      const seen = run.comparing ? { 'comparing.after': run.comparing.after } : { comparing: { $exists: false } };
      const set = { compared_time, ...(comparing && { comparing }) };
      await db.scheduleRuns.updateOne({ _id: toRunName(run), compare: true, ...seen }, { $set: set });
    },
    /** Runs before this one whose tasks are COMPLETED, the newest first. */
    findCompleteBefore: ({ schedule_id, planned_time }: RunId, limit: number): Promise<ScheduleRun[]> =>
      db.scheduleRuns
        .find<ScheduleRun>({ schedule_id, planned_time: { $lt: planned_time }, task_status: 'COMPLETED' }, WITHOUT_ID)
        .sort({ planned_time: -1 })
        .limit(limit)
        .toArray(),
    /**
     * Notes what changed since the run before; undefined: it has no run before, or cannot be compared. The end of its
     * task is first: a crash in between repeats the comparison.
     */
    async noteChanges(run: RunId & Pick<ScheduleRun, 'task_id'>, changes: RunChanges | undefined): Promise<void> {
      const set = changes && { $set: { changes } };
      if (run.task_id !== undefined) {
        const ofTask = { end_id: { $gt: `${run.task_id}-`, $lt: `${run.task_id}.` }, compare_until: { $exists: true } };
        await db.taskEnds.updateOne(ofTask, { ...set, $unset: { compare_until: '' } });
      }
      await db.scheduleRuns.updateOne(
        { _id: toRunName(run) },
        { ...set, $unset: { compare: '', compared_time: '', comparing: '' } },
      );
    },
    /** Of a schedule that was deleted. */
    async removeOf(schedule_id: string): Promise<void> {
      await db.scheduleRuns.deleteMany({ schedule_id });
    },
    /** Newest first. */
    findPage(
      scheduleId: string,
      { limit, cursor, outcome }: { limit: number; cursor?: number | undefined; outcome?: RunOutcome[] | undefined },
    ): Promise<Page<ScheduleRun>> {
      const filter = {
        schedule_id: scheduleId,
        ...(cursor !== undefined && { planned_time: { $lt: new Date(cursor) } }),
        ...(outcome && { outcome: { $in: outcome } }),
      };
      const found = db.scheduleRuns.find<ScheduleRun>(filter, WITHOUT_ID).sort({ planned_time: -1 });
      return takePage(found, limit, ({ planned_time }) => String(planned_time.getTime()));
    },
    /** Of the runs that created a task or failed to, planned at this time or later: the last ones, the newest first. */
    findLast: (scheduleId: string, since: Date, limit: number): Promise<ScheduleRun[]> =>
      db.scheduleRuns
        .find<ScheduleRun>(
          { schedule_id: scheduleId, planned_time: { $gte: since }, outcome: { $in: ['created', 'failed'] } },
          WITHOUT_ID,
        )
        .sort({ planned_time: -1 })
        .limit(limit)
        .toArray(),
    /** The open tasks of a schedule. */
    findOpenTasks(schedule_id: string): Promise<OpenTaskOfSchedule[]> {
      const open = { schedule_id, status: { $in: OPEN_TASK_STATUSES }, ...NOT_DELETING };
      return findFields(db.tasks, open, ['task_id', 'planned_time']).toArray();
    },
    /**
     * Runs that wait for their tasks since `before` though nothing of their schedule is in their way: it is not paused,
     * and no task of it is open that they have to wait for.
     */
    async findStuck(before: Date): Promise<StuckRun[]> {
      const runs = await db.scheduleRuns
        .find<ScheduleRun>(
          { todo: 'create', planned_time: { $lte: before }, decided_time: { $lte: before } },
          WITHOUT_ID,
        )
        .sort({ planned_time: 1 })
        .limit(MAX_LATE)
        .toArray();
      if (runs.length === 0) return [];
      const named = { schedule_id: { $in: [...new Set(runs.map(({ schedule_id }) => schedule_id))] } };
      const open = { ...named, status: { $in: OPEN_TASK_STATUSES }, ...NOT_DELETING };
      const [schedules, tasks] = await Promise.all([
        findFields(db.schedules, named, ['schedule_id', 'name', 'overlap', 'paused']).toArray(),
        findFields(db.tasks, open, ['schedule_id']).toArray(),
      ]);
      const byId = new Map(schedules.map((schedule) => [schedule.schedule_id, schedule]));
      const busy = new Set(tasks.map(({ schedule_id }) => schedule_id));
      return runs.flatMap(({ schedule_id, planned_time, decided_time, requested_by }) => {
        const schedule = byId.get(schedule_id);
        if (!schedule || (schedule.paused && requested_by === undefined)) return [];
        if (schedule.overlap !== 'cancel' && busy.has(schedule_id)) return [];
        return [{ schedule_id, name: schedule.name, planned_time, decided_time }];
      });
    },
    /** The statuses of those of these tasks that exist. */
    async findTaskStatuses(taskIds: readonly string[]): Promise<Map<string, TaskStatus>> {
      if (taskIds.length === 0) return new Map();
      const found = await findTasks(db, taskIds, ['task_id', 'status'], { filter: NOT_DELETING }).toArray();
      return new Map(found.map(({ task_id, status }) => [task_id, status]));
    },
  };
}
