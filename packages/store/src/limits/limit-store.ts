/**
 * The limits, and what the senders under each leave for the next. A limit's key is `<limit_id>`, or `task:<task_id>`
 * where the numbers are those of one task.
 */
import { type Limit, type LimitNumbers, type LimitState, type LimitUse, MAX_LIMITS } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { StandingLimit } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { coveredBy } from '../tasks/covered-by';
import { readLimitUse } from './limit-use';

export type NewLimit = Pick<Limit, 'covers' | 'max_concurrent' | 'max_starts_per_second' | 'reason' | 'operator'>;

/** What of a limit may change. null: it has no such number from now on. */
export interface LimitChange {
  max_concurrent?: number | null | undefined;
  max_starts_per_second?: number | null | undefined;
  reason?: string | undefined;
}

/** What of a task says whether a limit covers it without a read. */
export interface LimitedTask {
  task_id: string;
  config: LimitNumbers & { pool: string };
}

/** A limit as it stands, and where it is a stored one, that. */
export type KnownLimit = StandingLimit & { stored?: Limit };

export const hasNumbers = ({ max_concurrent, max_starts_per_second }: LimitNumbers): boolean =>
  max_concurrent !== undefined || max_starts_per_second !== undefined;

/** Without a sender for this long, a limit has no state that matters. */
const KEEP_STATE_MS = 24 * 3_600_000;

export function createLimitStore(db: Database) {
  async function getLimit(limit_id: string): Promise<Limit> {
    const found = await db.limits.findOne<Limit>({ limit_id }, WITHOUT_ID);
    if (found) return found;
    throw new AppError('limit_not_found', { detail: limit_id, field: 'limit_id' });
  }

  /** Oldest first. */
  const findAll = (): Promise<Limit[]> =>
    db.limits
      .find<Limit>({}, { ...WITHOUT_ID, ...IN_ONE_ANSWER })
      .sort({ limit_id: 1 })
      .toArray();

  /** Those of the unsettled tasks that the limit covers; `taskIds`: of these alone. */
  async function findCovered({ covers }: Pick<Limit, 'covers'>, taskIds?: readonly string[]): Promise<string[]> {
    const some = taskIds ? { task_id: { $in: [...taskIds] } } : { settled: false };
    const found = findFields(db.tasks, { ...some, ...coveredBy(covers) }, ['task_id'], IN_ONE_ANSWER);
    return (await found.toArray()).map(({ task_id }) => task_id);
  }

  /** By key. */
  async function findStates(keys: readonly string[]): Promise<Map<string, LimitState>> {
    if (keys.length === 0) return new Map();
    const found = db.limitStates.find({ _id: { $in: [...keys] } }, IN_ONE_ANSWER);
    return new Map((await found.toArray()).map(({ _id, expires: _, ...state }) => [_id, state]));
  }

  return {
    /** With the id of a limit that exists, changes nothing. Rejects with AppError `conflict` `too_many_limits`. */
    async create(given: NewLimit, now: Date, limitId?: string): Promise<Limit> {
      const _id = new mongo.ObjectId(limitId);
      const limit: Limit = { limit_id: _id.toHexString(), ...given, created_time: now };
      const known = await db.limits.findOne<Limit>({ limit_id: limit.limit_id }, WITHOUT_ID);
      if (known) return known;
      if ((await db.limits.countDocuments({})) >= MAX_LIMITS) throw new AppError('too_many_limits');
      await db.limits.insertOne({ _id, ...limit });
      return limit;
    },
    getLimit,
    findAll,
    /** Rejects with AppError `limit_without_numbers` if it would have none. */
    async change(limit_id: string, change: LimitChange, now: Date): Promise<Limit> {
      const { max_concurrent, max_starts_per_second, ...before } = await getLimit(limit_id);
      const numbers = {
        max_concurrent: change.max_concurrent === undefined ? max_concurrent : change.max_concurrent,
        max_starts_per_second:
          change.max_starts_per_second === undefined ? max_starts_per_second : change.max_starts_per_second,
      };
      const kept = Object.fromEntries(Object.entries(numbers).filter(([, value]) => typeof value === 'number'));
      if (Object.keys(kept).length === 0) throw new AppError('limit_without_numbers');
      const { reason = before.reason } = change;
      const next: Limit = { ...before, ...kept, ...(reason !== undefined && { reason }), changed_time: now };
      const { matchedCount } = await db.limits.replaceOne({ limit_id }, next);
      return matchedCount === 1 ? next : getLimit(limit_id);
    },
    /** Without effect if it does not exist. */
    async remove(limit_id: string): Promise<void> {
      await db.limits.deleteOne({ limit_id });
      await db.limitStates.deleteOne({ _id: limit_id });
    },
    findCovered,
    /** All limits, and those of these tasks alone. What they count is read while no other sender sends. */
    async findStanding(own: readonly LimitedTask[]): Promise<KnownLimit[]> {
      const stored = await findAll();
      const covered = await Promise.all(stored.map((limit) => findCovered(limit)));
      const rules: Pick<KnownLimit, 'key' | 'numbers' | 'tasks' | 'stored'>[] = [
        ...stored.map((limit, i) => {
          return { key: limit.limit_id, numbers: limit, tasks: new Set(covered[i]), stored: limit };
        }),
        ...own
          .filter(({ config }) => hasNumbers(config))
          .map(({ task_id, config }) => ({ key: `task:${task_id}`, numbers: config, tasks: new Set([task_id]) })),
      ];
      const [use, states] = await Promise.all([
        readLimitUse(db, [...new Set(rules.flatMap(({ tasks }) => [...tasks]))]),
        findStates(rules.map(({ key }) => key)),
      ]);
      return rules.map((rule) => {
        const uses = [...rule.tasks].flatMap((taskId) => use.get(taskId) ?? []);
        return { ...rule, use: sumUse(uses), state: states.get(rule.key) ?? {} };
      });
    },
    async writeStates(states: ReadonlyMap<string, LimitState>, now: Date): Promise<void> {
      if (states.size === 0) return;
      const expires = new Date(now.getTime() + KEEP_STATE_MS);
      const writes = [...states].map(([_id, { next_start, last_sender, waiting }]) => ({
        replaceOne: {
          filter: { _id },
          replacement: { ...(next_start && { next_start }), ...(last_sender && { last_sender }), waiting, expires },
          upsert: true,
        },
      }));
      await db.limitStates.bulkWrite(writes, { ordered: false });
    },
  };
}

const sumUse = (uses: readonly LimitUse[]): LimitUse => ({
  outstanding: uses.reduce((sum, { outstanding }) => sum + outstanding, 0),
  not_begun: uses.reduce((sum, { not_begun }) => sum + not_begun, 0),
});
