/**
 * The limits, and what the senders under each leave for the next. A limit's key is `<limit_id>`, or `task:<task_id>`
 * where the numbers are those of one task.
 */
import {
  type Limit,
  type LimitNumbers,
  type LimitState,
  type LimitUse,
  limitSchema,
  MAX_LIMITS,
  type ScanWindow,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { createNetworkTest, findKeyRange, type TargetIndex, toPrefix } from '@cyberstroll/targets';
import { countUse, isWindowOpen, type StandingLimit } from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { ANY_MAKER, checkQuota } from '../rule-quota';
import { readRule, readRules } from '../rules/read-rules';
import { coveredByRule } from '../tasks/covered-by';
import { readLimitUse } from './limit-use';
import { readOpenAddresses } from './open-addresses';

export type NewLimit = Omit<Limit, 'limit_id' | 'created_time' | 'changed_time'>;

/** What of a limit may change. null: it has no such number from now on. */
export type LimitChange = { [Name in keyof LimitNumbers]?: LimitNumbers[Name] | null } & {
  windows?: ScanWindow[] | null | undefined;
  reason?: string | undefined;
};

/** What of a task says whether a limit covers it without a read. */
export interface LimitedTask {
  task_id: string;
  config: LimitNumbers & { pool: string };
}

/** A limit as it stands, and where it is a stored one, that. */
export type KnownLimit = StandingLimit & { stored?: Limit };

export const hasNumbers = ({ max_concurrent, max_starts_per_second, per_prefix }: LimitNumbers): boolean =>
  max_concurrent !== undefined || max_starts_per_second !== undefined || per_prefix !== undefined;

/** Without a sender for this long, a limit has no state that matters. */
const KEEP_STATE_MS = 24 * 3_600_000;

/** What is known of a limit before what it counts is read. */
type Rule = Pick<KnownLimit, 'key' | 'numbers' | 'tasks' | 'stored'> & {
  /** The tasks where it matters in which network an address lies. */
  byAddress: ReadonlySet<string>;
};

export function createLimitStore(
  db: Database,
  { getTargetIndex }: { getTargetIndex: (taskId: string, count: number) => Promise<TargetIndex> },
) {
  async function getLimit(limit_id: string): Promise<Limit> {
    const found = await db.limits.findOne<Limit>({ limit_id }, WITHOUT_ID);
    if (found) return found;
    throw new AppError('limit_not_found', { detail: limit_id, field: 'limit_id' });
  }

  /** Oldest first. */
  const findAll = async (): Promise<Limit[]> => {
    const found = db.limits.find({}, { ...WITHOUT_ID, ...IN_ONE_ANSWER }).sort({ limit_id: 1 });
    return readRules(limitSchema, await found.toArray());
  };

  /** Those of the unsettled tasks that the limit covers; `taskIds`: of these alone. */
  async function findCovered(limit: Pick<Limit, 'covers' | 'within'>, taskIds?: readonly string[]): Promise<string[]> {
    const some = taskIds ? { task_id: { $in: [...taskIds] } } : { settled: false };
    const found = findFields(db.tasks, { ...some, ...coveredByRule(limit) }, ['task_id'], IN_ONE_ANSWER);
    return (await found.toArray()).map(({ task_id }) => task_id);
  }

  /** Those of the covered tasks that have, or may have, targets outside of the limit's network, too. */
  async function findPartlyCovered(limit: Limit): Promise<string[]> {
    const { network } = limit.covers;
    const range = network === undefined ? undefined : findKeyRange(network);
    if (!range) return [];
    const isPart = {
      $or: [
        { 'target_ranges.first': { $lt: range.first } },
        { 'target_ranges.last': { $gt: range.last } },
        { target_ranges: { $exists: false } },
      ],
    };
    const filter = { settled: false, $and: [coveredByRule(limit), isPart] };
    const found = findFields(db.tasks, filter, ['task_id'], IN_ONE_ANSWER);
    return (await found.toArray()).map(({ task_id }) => task_id);
  }

  async function toStoredRule(limit: Limit): Promise<Rule> {
    const [covered, partly] = await Promise.all([findCovered(limit), findPartlyCovered(limit)]);
    const tasks = new Set(covered);
    const byAddress = limit.per_prefix ? tasks : new Set(partly.filter((taskId) => tasks.has(taskId)));
    return { key: limit.limit_id, numbers: limit, tasks, byAddress, stored: limit };
  }

  function toOwnRule({ task_id, config }: LimitedTask): Rule {
    const tasks = new Set([task_id]);
    return { key: `task:${task_id}`, numbers: config, tasks, byAddress: config.per_prefix ? tasks : new Set() };
  }

  async function readTargets(taskIds: readonly string[]): Promise<Map<string, TargetIndex>> {
    if (taskIds.length === 0) return new Map();
    const tasks = await findTasks(db, taskIds, ['task_id', 'progress.total_targets']).toArray();
    const read = tasks.map(
      async ({ task_id, progress }) => [task_id, await getTargetIndex(task_id, progress.total_targets)] as const,
    );
    return new Map(await Promise.all(read));
  }

  /** By key. */
  async function findStates(keys: readonly string[]): Promise<Map<string, LimitState>> {
    if (keys.length === 0) return new Map();
    const found = db.limitStates.find({ _id: { $in: [...keys] } }, IN_ONE_ANSWER);
    return new Map((await found.toArray()).map(({ _id, expires: _, ...state }) => [_id, state]));
  }

  return {
    /** With the id of a limit that exists, changes nothing. Rejects with AppError `conflict` `too_many_limits`. */
    async create(given: NewLimit, now: Date, limitId?: string, maker = ANY_MAKER): Promise<Limit> {
      const _id = new mongo.ObjectId(limitId);
      const limit: Limit = { limit_id: _id.toHexString(), ...given, created_time: now };
      const known = await db.limits.findOne<Limit>({ limit_id: limit.limit_id }, WITHOUT_ID);
      if (known) return known;
      await checkQuota(db.limits, {}, { code: 'too_many_limits', most: MAX_LIMITS, maker });
      await db.limits.insertOne({ _id, ...limit });
      return limit;
    },
    /** As it is stored, also one that cannot be read. */
    getLimit,
    findAll,
    /** Rejects with AppError `limit_without_numbers` if it would have none, or `document_unreadable`. */
    async change(limit_id: string, change: LimitChange, now: Date): Promise<Limit> {
      const before = readRule(limitSchema, await getLimit(limit_id));
      const fields = Object.entries({ ...before, ...withoutGaps(change) }).filter(([, value]) => value !== null);
      const next = { ...Object.fromEntries(fields), changed_time: now } as Limit;
      if (!hasNumbers(next)) throw new AppError('limit_without_numbers');
      const { matchedCount } = await db.limits.replaceOne({ limit_id }, next);
      return matchedCount === 1 ? next : getLimit(limit_id);
    },
    /** Without effect if it does not exist. */
    async remove(limit_id: string): Promise<void> {
      await db.limits.deleteOne({ limit_id });
      await db.limitStates.deleteOne({ _id: limit_id });
    },
    findCovered,
    /**
     * All limits, and those of these tasks alone; `now`: only those that count then. What they count is read while no
     * other sender sends.
     */
    async findStanding(own: readonly LimitedTask[], now?: Date): Promise<KnownLimit[]> {
      const stored = (await findAll()).filter(({ windows }) => !now || isWindowOpen(windows, now));
      const rules = [
        ...(await Promise.all(stored.map(toStoredRule))),
        ...own.filter(({ config }) => hasNumbers(config)).map(toOwnRule),
      ];
      const targets = await readTargets(unite(rules.map(({ byAddress }) => [...byAddress])));
      const locators = rules.map((rule) => (rule.byAddress.size > 0 ? toLocate(rule, targets) : undefined));
      const isAsked = (taskId: string, index: number) =>
        rules.some((rule, i) => rule.byAddress.has(taskId) && locators[i]!(taskId, index) !== undefined);
      const at = now ?? (await getDatabaseTime(db));
      const [use, open, states] = await Promise.all([
        readLimitUse(db, unite(rules.map(toWhole)), at),
        readOpenAddresses(db, [...targets.keys()], isAsked, at),
        findStates(rules.map(({ key }) => key)),
      ]);
      return rules.map(({ byAddress, ...rule }, i) => {
        const uses = toWhole({ ...rule, byAddress }).flatMap((taskId) => use.get(taskId) ?? []);
        const locate = locators[i];
        if (locate) {
          const ofRule = open.filter(({ taskId }) => byAddress.has(taskId));
          uses.push(countUse(locate, ofRule));
        }
        return { ...rule, locate, use: sumUse(uses), state: states.get(rule.key) ?? {} };
      });
    },
    async writeStates(states: ReadonlyMap<string, LimitState>, now: Date): Promise<void> {
      if (states.size === 0) return;
      const expires = new Date(now.getTime() + KEEP_STATE_MS);
      const writes = [...states].map(([_id, state]) => ({
        replaceOne: { filter: { _id }, replacement: { ...withoutGaps(state), expires }, upsert: true },
      }));
      await db.limitStates.bulkWrite(writes, { ordered: false });
    },
  };
}

/** The tasks whose addresses all count alike. */
const toWhole = ({ tasks, byAddress }: Pick<Rule, 'tasks' | 'byAddress'>): string[] =>
  [...tasks].filter((taskId) => !byAddress.has(taskId));

const unite = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())];

function toLocate(
  { stored, numbers: { per_prefix } }: Pick<Rule, 'stored' | 'numbers'>,
  targets: ReadonlyMap<string, TargetIndex>,
): NonNullable<StandingLimit['locate']> {
  const network = stored?.covers.network;
  const isInside = network === undefined ? () => true : createNetworkTest(network);
  return (taskId, index) => {
    const own = targets.get(taskId);
    if (!own || index >= own.count) return '';
    const value = own.valueOf(index);
    if (!isInside(value)) return undefined;
    return per_prefix ? toPrefix(value, per_prefix) : '';
  };
}

const withoutGaps = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;

const sumUse = (uses: readonly LimitUse[]): LimitUse => ({
  outstanding: uses.reduce((sum, { outstanding }) => sum + outstanding, 0),
  not_begun: uses.reduce((sum, { not_begun }) => sum + not_begun, 0),
  // Where it has a number for prefixes, all that it counts is in one of the uses.
  prefixes: uses.find(({ prefixes }) => prefixes !== undefined)?.prefixes,
});
