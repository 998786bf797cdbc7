/**
 * Exclusions. An ended one is kept for 90 days, so that its tasks can be found and scanned again. `until` alone says
 * when one ends: a lift brings it forward.
 */
import {
  type AffectedTask,
  type Exclusion,
  type ExclusionDetail,
  type ExclusionEntry,
  type ExclusionList,
  type ExclusionListView,
  type ExclusionView,
  exclusionListSchema,
  exclusionSchema,
  type ListExclusionsQuery,
  MAX_EXCLUSIONS,
  MAX_LISTED_ENTRIES,
  type Page,
  SHOWN_AFFECTED_TASKS,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import { compareEntries, NEVER, toExclusionState } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import type { WithObjectId } from '../mongodb/models/documents';
import { findFields, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';
import { IS_LIST, notOver, readRule, readRules } from '../rules/read-rules';
import { ANY_MAKER, checkQuota, type RuleMaker, toRuleLevel } from '../rules/rule-quota';
import { createOpenExclusions } from './open-exclusions';

/** `target` is canonical. */
export type NewExclusion = Pick<Exclusion, 'target' | 'ports' | 'hours' | 'reason'> & {
  start?: Date | undefined;
  end?: Date | undefined;
};

/** What a list is made of. */
export type NewExclusionList = Pick<ExclusionList, 'name' | 'owner' | 'reason' | 'entries'>;

const IS_NO_LIST = { revision: { $exists: false } };

/** Tasks that one exclusion counts its effect on. */
const MAX_COUNTED_TASKS = 500;

/** The networks of an API key. */
type Within = readonly KeyRange[] | undefined;

const notFound = (exclusionId: string) =>
  new AppError('exclusion_not_found', { detail: exclusionId, field: 'exclusion_id' });

export type ExclusionStore = ReturnType<typeof createExclusionStore>;

export function createExclusionStore(db: Database) {
  const { dropRecent, ...open } = createOpenExclusions(db);

  /** Of the networks of an API key: only what lies wholly inside of them. */
  async function findStored(exclusionId: string, within?: Within): Promise<Exclusion> {
    const found = await db.exclusions.findOne<Exclusion>({ exclusion_id: exclusionId, ...IS_NO_LIST }, WITHOUT_ID);
    if (found && isInside(found.target, within)) return found;
    throw notFound(exclusionId);
  }

  const find = async (exclusionId: string, within?: Within): Promise<Exclusion> =>
    readRule(exclusionSchema, await findStored(exclusionId, within));

  /** Those that lost addresses when they were created, and those that it cancelled some of. */
  async function findAffected(exclusion: Exclusion): Promise<Pick<ExclusionDetail, 'tasks' | 'more_tasks'>> {
    const { exclusion_id, affected = {} } = exclusion;
    const byIt = { 'excluded.by.exclusion_id': exclusion_id, ...NOT_DELETING };
    const lost = await findFields(db.tasks, byIt, ['task_id', 'excluded'])
      .sort({ task_id: -1 })
      .limit(SHOWN_AFFECTED_TASKS + 1)
      .toArray();
    const isIt = (each: { exclusion_id: string }) => each.exclusion_id === exclusion_id;
    const leftOut = new Map(lost.map(({ task_id, excluded }) => [task_id, excluded?.by.find(isIt)?.count ?? 0]));
    const ids = [...new Set([...leftOut.keys(), ...Object.keys(affected)])].sort().reverse();
    const shown = ids.slice(0, SHOWN_AFFECTED_TASKS);
    const filter = NOT_DELETING;
    const found = await findTasks(db, shown, ['task_id', 'status'], { filter }).toArray();
    const tasks = found
      .map(
        ({ task_id, status }): AffectedTask => ({
          task_id,
          status,
          left_out: leftOut.get(task_id) ?? 0,
          cancelled: affected[task_id] ?? 0,
        }),
      )
      .sort((a, b) => (a.task_id < b.task_id ? 1 : -1));
    return { tasks, more_tasks: ids.length > shown.length };
  }

  /** Of the networks of an API key: only a list that lies wholly inside of them. */
  async function findStoredList(exclusionId: string, within?: Within): Promise<ExclusionList> {
    const found = await db.exclusions.findOne({ exclusion_id: exclusionId, ...IS_LIST }, WITHOUT_ID);
    if (found) {
      const list = readRule(exclusionListSchema, found);
      if (areInside(list.entries, within)) return list;
    }
    throw notFound(exclusionId);
  }

  /** Entries that lists have besides: `added` is the number of one that comes, or grows. */
  const checkEntries = (now: Date, added: number, maker: RuleMaker) =>
    checkQuota(
      db.exclusions,
      { until: { $gt: now }, ...IS_LIST },
      {
        ...({ code: 'too_many_exclusions', most: MAX_LISTED_ENTRIES, maker, each: '$entry_count', added } as const),
      },
    );

  async function end(
    exclusionId: string,
    { operator, reason }: { operator: string; reason?: string | undefined },
    now: Date,
  ): Promise<'lifted' | 'ended'> {
    const lifted = { lifted_time: now, lifted_by: operator, ...(reason !== undefined && { lift_reason: reason }) };
    const filter = { exclusion_id: exclusionId, until: { $gt: now } };
    const written = await db.exclusions.updateOne(filter, { $set: { until: now, ...lifted } });
    dropRecent();
    return written.modifiedCount === 1 ? 'lifted' : 'ended';
  }

  /** Resolves with its id. One that exists with the given id stays as it is. */
  async function insert(
    content: Omit<Exclusion | ExclusionList, 'exclusion_id'>,
    { now, exclusionId, maker }: { now: Date; exclusionId: string | undefined; maker: RuleMaker },
  ): Promise<string> {
    const _id = new mongo.ObjectId(exclusionId);
    const open = { until: { $gt: now } };
    await checkQuota(db.exclusions, open, { code: 'too_many_exclusions', most: MAX_EXCLUSIONS, maker });
    const exclusion_id = _id.toHexString();
    try {
      await db.exclusions.insertOne({ _id, exclusion_id, ...content } as WithObjectId<Exclusion>);
      dropRecent();
    } catch (error) {
      if (!(isDuplicateKey(error) && exclusionId !== undefined)) throw error;
    }
    return exclusion_id;
  }

  return {
    ...open,
    /** With the id of one that exists, changes nothing. Rejects with AppError `conflict` `too_many_exclusions`. */
    async create(
      given: NewExclusion,
      operator: string,
      now: Date,
      exclusionId?: string,
      maker = ANY_MAKER,
    ): Promise<ExclusionView> {
      const { target, ports, hours, reason, start = now, end } = given;
      const exclusion = {
        target,
        ...(ports !== undefined && { ports }),
        ...(hours && { hours }),
        reason,
        operator,
        level: toRuleLevel(maker),
        created_time: now,
        start,
        ...(end && { end }),
        until: end ?? NEVER,
      };
      const exclusion_id = await insert(exclusion, { now, exclusionId, maker });
      return toView(exclusion_id === exclusionId ? await find(exclusionId) : { exclusion_id, ...exclusion }, now);
    },

    /** As `create`. */
    async createList(
      given: NewExclusionList,
      operator: string,
      now: Date,
      exclusionId?: string,
      maker = ANY_MAKER,
    ): Promise<ExclusionListView> {
      await checkEntries(now, given.entries.length, maker);
      const level = toRuleLevel(maker);
      const made = {
        operator,
        level,
        created_time: now,
        start: now,
        updated_time: now,
        updated_by: operator,
        until: NEVER,
      };
      const list = { ...given, ...made, revision: 1, entry_count: given.entries.length };
      const exclusion_id = await insert(list, { now, exclusionId, maker });
      const stored = exclusion_id === exclusionId ? await findStoredList(exclusionId) : { exclusion_id, ...list };
      return toListView(stored, now);
    },

    /** Rejects with AppError `missing` `exclusion_not_found`. */
    async getExclusion(exclusionId: string, now: Date, within?: Within): Promise<ExclusionDetail> {
      const exclusion = await find(exclusionId, within);
      return { ...toView(exclusion, now), ...(await findAffected(exclusion)) };
    },

    /** Newest first. By a state or for an API key with networks a page may be shorter, and still have a next one. */
    async findPage(
      { limit, cursor, state, within }: ListExclusionsQuery & { within?: Within },
      now: Date,
    ): Promise<Page<ExclusionView>> {
      const filter = { ...toFilter(state, now), ...IS_NO_LIST, ...(cursor && { exclusion_id: { $lt: cursor } }) };
      const found = db.exclusions
        .find<Exclusion>(filter, { projection: { _id: 0, affected: 0 } })
        .sort({ exclusion_id: -1 });
      const page = await takePage(found, limit, ({ exclusion_id }) => exclusion_id);
      const read = readRules(exclusionSchema, page.items);
      const items = read.filter(({ target }) => isInside(target, within)).map((each) => toView(each, now));
      return { ...page, items: state ? items.filter((each) => each.state === state) : items };
    },

    /** Rejects with AppError `missing` `exclusion_not_found`, as all that names a list. */
    async getList(
      exclusionId: string,
      now: Date,
      within?: Within,
    ): Promise<ExclusionListView & { entries: ExclusionEntry[] }> {
      const list = await findStoredList(exclusionId, within);
      return { ...toListView(list, now), entries: list.entries };
    },

    /** Newest first. For an API key with networks a page may be shorter, and still have a next one. */
    async findLists(
      { limit, cursor, within }: Pick<ListExclusionsQuery, 'limit' | 'cursor'> & { within?: Within },
      now: Date,
    ): Promise<Page<ExclusionListView>> {
      const filter = { ...notOver(now), ...IS_LIST, ...(cursor && { exclusion_id: { $lt: cursor } }) };
      const projection = { _id: 0, affected: 0, ...(!within && { entries: 0 }) };
      const found = db.exclusions.find<ExclusionList>(filter, { projection }).sort({ exclusion_id: -1 });
      const page = await takePage(found, limit, ({ exclusion_id }) => exclusion_id);
      const inside = page.items.filter(({ entries }) => areInside(entries, within));
      return { ...page, items: readRules(listHeadSchema, inside).map((list) => toListView(list, now)) };
    },

    /**
     * Replaces all entries in one write, and what else is given: of two at the same time the later stays. Rejects with
     * AppError `conflict` `too_many_exclusions`.
     */
    async replaceList(
      exclusionId: string,
      given: Partial<NewExclusionList> & Pick<NewExclusionList, 'entries'>,
      { operator, within, maker = ANY_MAKER }: { operator: string; within?: Within; maker?: RuleMaker },
      now: Date,
    ): Promise<{ list: ExclusionListView; added: number; gone: number; kept: number }> {
      const { entry_count } = await findStoredList(exclusionId, within);
      await checkEntries(now, given.entries.length - entry_count, maker);
      const change = { ...given, entry_count: given.entries.length, updated_time: now, updated_by: operator };
      const filter = { exclusion_id: exclusionId, until: { $gt: now }, ...IS_LIST };
      const write = { $set: change, $inc: { revision: 1 } as Record<string, 1> };
      const before = await db.exclusions.findOneAndUpdate(filter, write, { returnDocument: 'before', ...WITHOUT_ID });
      dropRecent();
      if (!before) throw notFound(exclusionId);
      const list = before as unknown as ExclusionList;
      const after = toListView({ ...list, ...change, revision: list.revision + 1 }, now);
      return { list: after, ...compareEntries(list.entries, given.entries) };
    },

    /**
     * Ends it now. One that has ended already stays as it is. One that cannot be read is deleted. Rejects with AppError
     * `missing` `exclusion_not_found`.
     */
    async lift(
      exclusionId: string,
      change: { operator: string; reason?: string | undefined; within?: Within },
      now: Date,
    ): Promise<{ outcome: 'lifted' | 'ended' | 'deleted'; before: Exclusion }> {
      const before = await findStored(exclusionId, change.within);
      if (readRules(exclusionSchema, [before]).length > 0)
        return { outcome: await end(exclusionId, change, now), before };
      await db.exclusions.deleteOne({ exclusion_id: exclusionId });
      return { outcome: 'deleted', before };
    },

    /** Ends a list now. One that cannot be read is deleted. */
    async liftList(
      exclusionId: string,
      change: { operator: string; reason?: string | undefined; within?: Within },
      now: Date,
    ): Promise<'lifted' | 'ended' | 'deleted'> {
      try {
        await findStoredList(exclusionId, change.within);
      } catch (error) {
        if (change.within || !(error instanceof AppError) || error.code !== 'document_unreadable') throw error;
        await db.exclusions.deleteOne({ exclusion_id: exclusionId, ...IS_LIST });
        return 'deleted';
      }
      return end(exclusionId, change, now);
    },

    /**
     * Notes how many subtasks of an open task each exclusion has cancelled so far, in one write. A smaller number
     * changes nothing.
     */
    async noteAffected(taskId: string, counts: ReadonlyMap<string, number>): Promise<void> {
      if (counts.size === 0) return;
      const path = `affected.${taskId}`;
      const hasRoom = {
        $or: [
          { [path]: { $exists: true } },
          { $expr: { $lt: [{ $size: { $objectToArray: { $ifNull: ['$affected', {}] } } }, MAX_COUNTED_TASKS] } },
        ],
      };
      const writes = [...counts].map(([exclusion_id, count]) => ({
        updateOne: { filter: { exclusion_id, ...hasRoom }, update: { $max: { [path]: count } } },
      }));
      await db.exclusions.bulkWrite(writes, { ordered: false });
    },
  };
}

const listHeadSchema = exclusionListSchema.omit({ entries: true });

function toListView({ until, affected: _, ...list }: Omit<ExclusionList, 'entries'>, now: Date): ExclusionListView {
  const { entries: __, ...shown } = list as Partial<ExclusionList> & typeof list;
  return { ...shown, state: toExclusionState({ start: list.start, until }, now) };
}

const areInside = (entries: readonly ExclusionEntry[], within: Within): boolean =>
  !within || entries.every(({ target }) => isInside(target, within));

function toFilter(state: ListExclusionsQuery['state'], now: Date) {
  if (state === 'ended') return { until: { $lte: now } };
  const open = notOver(now);
  if (state === undefined) return open;
  // MongoDB does not know whether it is one of its hours.
  if (state === 'planned') return { ...open, $or: [{ start: { $gt: now } }, { hours: { $exists: true } }] };
  return { ...open, start: { $lte: now } };
}

function isInside(target: string, within: Within): boolean {
  if (!within) return true;
  const range = findKeyRange(target);
  return range !== undefined && within.some(({ first, last }) => first <= range.first && range.last <= last);
}

function toView({ until, affected: _, ...exclusion }: Exclusion, now: Date): ExclusionView {
  return { ...exclusion, state: toExclusionState({ ...exclusion, until }, now) };
}
