import type { Schedule, ScheduleRun } from '@cyberstroll/contracts';
import type { ClientSession } from 'mongoose';
import type { Database } from '../mongodb/models/database';

/** The `_id` of a run. */
export const toRunName = ({ schedule_id, planned_time }: RunClaim['run']): string =>
  `${schedule_id}-${planned_time.getTime()}`;

/** What the task of a run needs: the run waits for it, and its schedule is as it was read. */
export interface RunClaim {
  run: Pick<ScheduleRun, 'schedule_id' | 'planned_time'>;
  /** As it was read before the open tasks of the schedule were. */
  schedule: Pick<Schedule, 'rev' | 'last_run'>;
  now: Date;
}

/** Somebody has decided the run, created another task of its schedule, or changed the schedule. */
export class ClaimRefused extends Error {}

/**
 * Part of the transaction that creates tasks of runs. Each run gets its outcome, and each schedule names the run whose
 * task is its last one. So of two tasks that are created beside each other for one schedule, one is refused, however
 * long its process has slept since it read. Throws `ClaimRefused`.
 */
export async function claimRuns(
  db: Database,
  claims: readonly (RunClaim & { task_id: string })[],
  session: ClientSession,
): Promise<void> {
  if (claims.length === 0) return;
  const ofSchedules = claims.map(({ run: { schedule_id, planned_time }, schedule: { rev, last_run } }) => ({
    updateOne: {
      filter: { schedule_id, rev, last_run: last_run ?? { $exists: false } },
      update: { $set: { last_run: planned_time } },
    },
  }));
  const ofRuns = claims.map(({ run, task_id, now }) => ({
    updateOne: {
      filter: { _id: toRunName(run), todo: 'create' as const },
      update: { $set: { outcome: 'created' as const, todo: 'watch' as const, task_id, decided_time: now } },
    },
  }));
  const schedules = await db.schedules.bulkWrite(ofSchedules, { session });
  const runs = await db.scheduleRuns.bulkWrite(ofRuns, { session });
  if (schedules.matchedCount + runs.matchedCount < 2 * claims.length) throw new ClaimRefused();
}
