/**
 * Exclusions. An ended one is kept for 90 days, so that its tasks can be found and scanned again. `until` alone says
 * when one ends: a lift brings it forward.
 */
import {
  type AffectedTask,
  type Exclusion,
  type ExclusionDetail,
  type ExclusionView,
  exclusionSchema,
  type ListExclusionsQuery,
  MAX_EXCLUSIONS,
  type Page,
  SHOWN_AFFECTED_TASKS,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import { type ExclusionInForce, NEVER, type TimedPortExclusion, toExclusionState } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import type * as z from 'zod';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';
import { notOver, readRule, readRules } from '../rules/read-rules';
import { ANY_MAKER, checkQuota } from '../rules/rule-quota';

/** `target` is canonical. */
export type NewExclusion = Pick<Exclusion, 'target' | 'ports' | 'hours' | 'reason'> & {
  start?: Date | undefined;
  end?: Date | undefined;
};

/** What services keep of one that has not ended. */
const TIMED = { target: true, ports: true, start: true, until: true, hours: true } as const;
const OPEN = { ...TIMED, exclusion_id: true, reason: true } as const;
const timedSchema = exclusionSchema.pick(TIMED);
const openSchema = exclusionSchema.pick(OPEN);
export type OpenExclusion = z.output<typeof openSchema>;

/** Tasks that one exclusion counts its effect on. */
const MAX_COUNTED_TASKS = 500;

export type ExclusionStore = ReturnType<typeof createExclusionStore>;

export function createExclusionStore(db: Database) {
  /** Of the networks of an API key: only what lies wholly inside of them. */
  async function findStored(exclusionId: string, within?: readonly KeyRange[]): Promise<Exclusion> {
    const found = await db.exclusions.findOne<Exclusion>({ exclusion_id: exclusionId }, WITHOUT_ID);
    if (found && isInside(found.target, within)) return found;
    throw new AppError('exclusion_not_found', { detail: exclusionId, field: 'exclusion_id' });
  }

  const find = async (exclusionId: string, within?: readonly KeyRange[]): Promise<Exclusion> =>
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
    const found = await findTasks(db, shown, ['task_id', 'name', 'status'], { filter }).toArray();
    const tasks = found
      .map(
        ({ task_id, name, status }): AffectedTask => ({
          task_id,
          ...(name !== undefined && { name }),
          status,
          left_out: leftOut.get(task_id) ?? 0,
          cancelled: affected[task_id] ?? 0,
        }),
      )
      .sort((a, b) => (a.task_id < b.task_id ? 1 : -1));
    return { tasks, more_tasks: ids.length > shown.length };
  }

  async function findOpen(now: Date): Promise<OpenExclusion[]> {
    const found = db.exclusions.find(notOver(now), { projection: { ...OPEN, _id: 0 }, batchSize: MAX_EXCLUSIONS });
    return readRules(openSchema, await found.sort({ exclusion_id: 1 }).toArray());
  }

  return {
    /** With the id of one that exists, changes nothing. Rejects with AppError `conflict` `too_many_exclusions`. */
    async create(
      given: NewExclusion,
      operator: string,
      now: Date,
      exclusionId?: string,
      maker = ANY_MAKER,
    ): Promise<ExclusionView> {
      const _id = new mongo.ObjectId(exclusionId);
      await checkQuota(
        db.exclusions,
        { until: { $gt: now } },
        { code: 'too_many_exclusions', most: MAX_EXCLUSIONS, maker },
      );
      const { target, ports, hours, reason, start = now, end } = given;
      const exclusion = {
        exclusion_id: _id.toHexString(),
        target,
        ...(ports !== undefined && { ports }),
        ...(hours && { hours }),
        reason,
        operator,
        created_time: now,
        start,
        ...(end && { end }),
        until: end ?? NEVER,
      };
      try {
        await db.exclusions.insertOne({ _id, ...exclusion });
      } catch (error) {
        if (isDuplicateKey(error) && exclusionId !== undefined) return toView(await find(exclusionId), now);
        throw error;
      }
      return toView(exclusion, now);
    },

    /** Rejects with AppError `missing` `exclusion_not_found`. */
    async getExclusion(exclusionId: string, now: Date, within?: readonly KeyRange[]): Promise<ExclusionDetail> {
      const exclusion = await find(exclusionId, within);
      return { ...toView(exclusion, now), ...(await findAffected(exclusion)) };
    },

    /** Newest first. By a state or for an API key with networks a page may be shorter, and still have a next one. */
    async findPage(
      { limit, cursor, state, within }: ListExclusionsQuery & { within?: readonly KeyRange[] | undefined },
      now: Date,
    ): Promise<Page<ExclusionView>> {
      const filter = { ...toFilter(state, now), ...(cursor && { exclusion_id: { $lt: cursor } }) };
      const found = db.exclusions
        .find<Exclusion>(filter, { projection: { _id: 0, affected: 0 } })
        .sort({ exclusion_id: -1 });
      const page = await takePage(found, limit, ({ exclusion_id }) => exclusion_id);
      const read = readRules(exclusionSchema, page.items);
      const items = read.filter(({ target }) => isInside(target, within)).map((each) => toView(each, now));
      return { ...page, items: state ? items.filter((each) => each.state === state) : items };
    },

    /**
     * Ends it now. One that has ended already stays as it is. One that cannot be read is deleted. Rejects with AppError
     * `missing` `exclusion_not_found`.
     */
    async lift(
      exclusionId: string,
      { operator, reason, within }: { operator: string; reason?: string | undefined; within?: readonly KeyRange[] },
      now: Date,
    ): Promise<{ outcome: 'lifted' | 'ended' | 'deleted'; before: Exclusion }> {
      const before = await findStored(exclusionId, within);
      if (readRules(exclusionSchema, [before]).length === 0) {
        await db.exclusions.deleteOne({ exclusion_id: exclusionId });
        return { outcome: 'deleted', before };
      }
      const lifted = { lifted_time: now, lifted_by: operator, ...(reason !== undefined && { lift_reason: reason }) };
      const filter = { exclusion_id: exclusionId, until: { $gt: now } };
      const written = await db.exclusions.updateOne(filter, { $set: { until: now, ...lifted } });
      return { outcome: written.modifiedCount === 1 ? 'lifted' : 'ended', before };
    },

    /** Those that have not ended, planned ones too, the oldest first. */
    findOpen,

    /** Those that are in force, the oldest first. */
    async findInForce(now: Date): Promise<ExclusionInForce[]> {
      return (await findOpen(now)).filter((each) => toExclusionState(each, now) === 'in_force');
    },

    /** Those of ports that were in force at some time between these two, unless they ended more than 90 days ago. */
    async findOfPorts(from: Date, to: Date): Promise<TimedPortExclusion[]> {
      const filter = { until: { $gt: from }, start: { $lte: to }, ports: { $exists: true } };
      const found = db.exclusions.find(filter, { projection: { ...TIMED, _id: 0 } });
      return readRules(timedSchema, await found.toArray()) as TimedPortExclusion[];
    },

    /** Notes how many subtasks of an open task it has cancelled so far. A smaller number changes nothing. */
    async noteAffected(exclusionId: string, taskId: string, count: number): Promise<void> {
      const path = `affected.${taskId}`;
      const hasRoom = {
        $or: [
          { [path]: { $exists: true } },
          { $expr: { $lt: [{ $size: { $objectToArray: { $ifNull: ['$affected', {}] } } }, MAX_COUNTED_TASKS] } },
        ],
      };
      await db.exclusions.updateOne({ exclusion_id: exclusionId, ...hasRoom }, { $max: { [path]: count } });
    },
  };
}

function toFilter(state: ListExclusionsQuery['state'], now: Date) {
  if (state === 'ended') return { until: { $lte: now } };
  const open = notOver(now);
  if (state === undefined) return open;
  // MongoDB does not know whether it is one of its hours.
  if (state === 'planned') return { ...open, $or: [{ start: { $gt: now } }, { hours: { $exists: true } }] };
  return { ...open, start: { $lte: now } };
}

function isInside(target: string, within: readonly KeyRange[] | undefined): boolean {
  if (!within) return true;
  const range = findKeyRange(target);
  return range !== undefined && within.some(({ first, last }) => first <= range.first && range.last <= last);
}

function toView({ until, affected: _, ...exclusion }: Exclusion, now: Date): ExclusionView {
  return { ...exclusion, state: toExclusionState({ ...exclusion, until }, now) };
}
