import { type Page, type Schedule, scheduleSchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { KeyRange } from '@cyberstroll/targets';
import { Types } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findFields, WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { findReadable } from '../mongodb/queries/readable';
import { takePage } from '../mongodb/queries/take-page';
import { readRule, readRules } from '../rules/read-rules';
import { withinRanges } from '../tasks/within-ranges';
import { requireVersion } from '../tasks/write-tasks';

const isSchedule = (document: object): boolean => scheduleSchema.safeParse(document).success;

export type NewSchedule = Omit<Schedule, 'schedule_id' | 'rev'>;

/** Which schedules: those whose targets lie wholly in these ranges. */
export interface ScheduleScope {
  within?: readonly KeyRange[] | undefined;
}

/** What is planned next; absent: nothing. `missed_time`: of what was decided, if it was missed. */
export type NextTime = Pick<Schedule, 'next_time' | 'due_time' | 'missed_time'>;

/** Late schedules and runs that an alert is read from, at most. */
export const MAX_LATE = 1_000;
const ABSENT = { $exists: false } as const;

/**
 * The schedules. Planned times are compared with MongoDB's clock alone (`getTime` of the store). A change by an
 * operator raises `rev`, which guards it. The sweep moves `next_time`, and names the one that it has decided: so it
 * never takes back a change, and a planned time is never passed over. The task of a run moves `last_run` (`claimRuns`).
 */
export function createScheduleStore(db: Database) {
  async function getStored(schedule_id: string, { within }: ScheduleScope = {}): Promise<Schedule> {
    const filter = { schedule_id, ...(within && withinRanges(within)) };
    const found = await db.schedules.findOne<Schedule>(filter, WITHOUT_ID);
    if (found) return found;
    throw new AppError('schedule_not_found', { detail: schedule_id, field: 'schedule_id' });
  }

  const getSchedule = async (schedule_id: string, scope?: ScheduleScope): Promise<Schedule> =>
    readRule(scheduleSchema, await getStored(schedule_id, scope));

  return {
    /** With the id of a schedule that exists, resolves with that one. Default: a new id. */
    async create(
      toSchedule: (schedule_id: string) => NewSchedule,
      scheduleId?: string,
    ): Promise<{ schedule: Schedule; created: boolean }> {
      const _id = new Types.ObjectId(scheduleId);
      const schedule_id = _id.toHexString();
      const document: Schedule = { schedule_id, ...toSchedule(schedule_id), rev: 0 };
      try {
        await db.schedules.insertOne({ _id, ...document });
        return { schedule: document, created: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return { schedule: await getSchedule(document.schedule_id), created: false };
      }
    },
    /** Rejects with AppError `missing` `schedule_not_found`, or `conflict` `document_unreadable`. */
    getSchedule,
    /** Newest first. */
    async findPage({
      limit,
      cursor,
      within,
    }: { limit: number; cursor?: string | undefined } & ScheduleScope): Promise<Page<Schedule>> {
      const filter = {
        ...(cursor !== undefined && { schedule_id: { $lt: cursor } }),
        ...(within && withinRanges(within)),
      };
      const found = db.schedules.find<Schedule>(filter, WITHOUT_ID).sort({ schedule_id: -1 });
      const page = await takePage(found, limit, ({ schedule_id }) => schedule_id);
      return { ...page, items: readRules(scheduleSchema, page.items) };
    },
    /**
     * Writes what `toNext` makes of it; undefined: nothing. It runs again if somebody changed the schedule meanwhile.
     * Rejects with AppError `missing` `schedule_not_found`, or `conflict` `version_changed` if it has another version.
     */
    async change(
      scheduleId: string,
      toNext: (schedule: Schedule) => Omit<Schedule, 'rev'> | undefined,
      { version, ...scope }: { version?: number | undefined } & ScheduleScope = {},
    ): Promise<{ before: Schedule; schedule: Schedule }> {
      for (;;) {
        const before = await getSchedule(scheduleId, scope);
        requireVersion(before, version);
        const next = toNext(before);
        if (!next) return { before, schedule: before };
        const schedule = { ...next, rev: before.rev + 1 };
        const { next_time = ABSENT, last_run = ABSENT, rev } = before;
        const guard = { schedule_id: scheduleId, rev, next_time, last_run };
        const { matchedCount } = await db.schedules.replaceOne(guard, schedule);
        if (matchedCount === 1) return { before, schedule };
      }
    },
    /**
     * Deletes it, also one that cannot be read, and then its runs: a crash in between leaves runs that expire. Rejects
     * like `change`.
     */
    async remove(
      scheduleId: string,
      { version, ...scope }: { version?: number | undefined } & ScheduleScope = {},
    ): Promise<Schedule> {
      for (;;) {
        const schedule = await getStored(scheduleId, scope);
        requireVersion(schedule, version);
        const { deletedCount } = await db.schedules.deleteOne({ schedule_id: scheduleId, rev: schedule.rev });
        if (deletedCount === 0) continue;
        await db.scheduleRuns.deleteMany({ schedule_id: scheduleId });
        return schedule;
      }
    },
    /** Those that are due at `now`, the longest due first. */
    findDue(now: Date, limit: number): Promise<Schedule[]> {
      const find = (most: number) =>
        db.schedules
          .find<Schedule>({ due_time: { $lte: now } }, WITHOUT_ID)
          .sort({ due_time: 1 })
          .limit(most)
          .toArray();
      return findReadable(find, limit, isSchedule);
    },
    /** Those that this operator has paused. */
    findPaused: async (by: string): Promise<Schedule[]> =>
      (await db.schedules.find<Schedule>({ paused_by: by }, WITHOUT_ID).toArray()).filter(isSchedule),
    /** Those that are due since `dueBefore`, or whose last run was missed. */
    async findLate(dueBefore: Date): Promise<Schedule[]> {
      const isLate = { $or: [{ due_time: { $lte: dueBefore } }, { missed_time: { $exists: true } }] };
      return (await db.schedules.find<Schedule>(isLate, WITHOUT_ID).limit(MAX_LATE).toArray()).filter(isSchedule);
    },
    /** How many schedules act for each of these keys, without paused ones. */
    async countOfKeys(keyIds: readonly string[]): Promise<Map<string, number>> {
      const counts = new Map<string, number>();
      if (keyIds.length === 0) return counts;
      const found = findFields(db.schedules, { key_id: { $in: [...keyIds] }, paused: false }, ['key_id']);
      for (const { key_id } of await found.toArray()) counts.set(key_id!, (counts.get(key_id!) ?? 0) + 1);
      return counts;
    },
    /** Moves it on from this planned time, which is decided. Without effect if it is not the next one any more. */
    async advance(scheduleId: string, decided: Date, next: NextTime): Promise<void> {
      const absent = (['next_time', 'due_time', 'missed_time'] as const).filter((field) => !next[field]);
      const change = { $set: next, $unset: Object.fromEntries(absent.map((field) => [field, '' as const])) };
      await db.schedules.updateOne({ schedule_id: scheduleId, next_time: decided }, change);
    },
  };
}
