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
import {
  countUse,
  findCovering,
  isWindowOpen,
  type KnownLimit,
  liesWithin,
  type StandingLimit,
} from '@cyberstroll/task-state';
import { mongo } from 'mongoose';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import { IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks, findUnsettledTasks } from '../mongodb/models/find-tasks';
import { readRule, readRules } from '../rules/read-rules';
import { ANY_MAKER, checkQuota, toRuleLevel } from '../rules/rule-quota';
import { LIMIT_FACTS, type LimitFacts, readLimitUse } from './limit-use';
import { readOpenAddresses } from './open-addresses';

export type NewLimit = Omit<Limit, 'limit_id' | 'level' | 'created_time' | 'changed_time'>;

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

export const hasNumbers = ({ max_concurrent, max_starts_per_second, per_prefix }: LimitNumbers): boolean =>
  max_concurrent !== undefined || max_starts_per_second !== undefined || per_prefix !== undefined;

/** Without a sender for this long, a limit has no state that matters. */
const KEEP_STATE_MS = 24 * 3_600_000;

/** What is known of a limit before what it counts is read. */
type Rule = Pick<KnownLimit, 'key' | 'numbers' | 'tasks' | 'stored'> & {
  /** The tasks where it matters in which network an address lies. */
  byAddress: ReadonlySet<string>;
};

/** What the limits over these tasks are made from. */
interface Standing {
  rules: readonly Rule[];
  tasks: readonly LimitFacts[];
  uses: ReadonlyMap<string, LimitUse>;
  states: ReadonlyMap<string, LimitState>;
  /** The tasks that may have something out, and those that were asked about. */
  read: readonly string[];
  at: Date;
}

/** Those that were cancelled may lie beyond the cursor. */
const CLOSED = ['completed_count', 'failed_count', 'timeout_count'] as const;

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

  /**
   * The unsettled tasks that have something out as of their last roll-up. Late roll-ups show too many, never too few.
   * What has a chunk only beyond its cursor is missing: a sender under a limit leaves it in the state of the limit.
   */
  async function findMoving(): Promise<string[]> {
    const sum = (counts: readonly string[]) => counts.map((count) => ({ $ifNull: [`$progress.${count}`, 0] }));
    const begun = { $add: ['$cursor', ...sum(['assigned_count', 'scanning_count'])] };
    const filter = { $expr: { $gt: [begun, { $add: sum(CLOSED) }] } };
    return (await findUnsettledTasks(db, ['task_id'], { filter }).toArray()).map(({ task_id }) => task_id);
  }

  function toStoredRules(limits: readonly Limit[], tasks: readonly LimitFacts[]): Rule[] {
    const covered = new Map(limits.map(({ limit_id }) => [limit_id, [] as LimitFacts[]]));
    for (const task of tasks) for (const { limit_id } of findCovering(limits, task)) covered.get(limit_id)!.push(task);
    return limits.map((limit) => toStoredRule(limit, covered.get(limit.limit_id)!));
  }

  function toStoredRule(limit: Limit, covered: readonly LimitFacts[]): Rule {
    const ids = new Set(covered.map(({ task_id }) => task_id));
    const range = limit.covers.network === undefined ? undefined : findKeyRange(limit.covers.network);
    const isPart = (task: LimitFacts) => range !== undefined && !liesWithin(task, [range]);
    const byAddress = limit.per_prefix ? ids : new Set(covered.filter(isPart).map(({ task_id }) => task_id));
    return { key: limit.limit_id, numbers: limit, tasks: ids, byAddress, stored: limit };
  }

  function toOwnRule({ task_id, config }: LimitedTask): Rule {
    const tasks = new Set([task_id]);
    return { key: toOwnKey({ task_id }), numbers: config, tasks, byAddress: config.per_prefix ? tasks : new Set() };
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

  async function toStanding({ rules, tasks, uses, states, read, at }: Standing): Promise<KnownLimit[]> {
    const isRead = new Set(read);
    const targets = await readTargets(
      unite(rules.map(({ byAddress }) => [...byAddress].filter((id) => isRead.has(id)))),
    );
    const locators = rules.map((rule) => (rule.byAddress.size > 0 ? toLocate(rule, targets) : undefined));
    const isAsked = (taskId: string, index: number) =>
      rules.some((rule, i) => rule.byAddress.has(taskId) && locators[i]!(taskId, index) !== undefined);
    const open = await readOpenAddresses(db, [...targets.keys()], isAsked, at);
    const priorities = new Map(tasks.map(({ task_id, config }) => [task_id, config.priority]));
    return rules.map(({ byAddress, ...rule }, i) => {
      const locate = locators[i];
      const whole = [...rule.tasks].flatMap((taskId) => {
        const use = byAddress.has(taskId) ? undefined : uses.get(taskId);
        return use ? [[taskId, use] as const] : [];
      });
      const held = new Map(whole.map(([taskId, { outstanding }]) => [taskId, outstanding]));
      const counted = whole.map(([, use]) => use);
      if (locate) {
        const ofRule = open.filter(({ taskId, index }) => byAddress.has(taskId) && locate(taskId, index) !== undefined);
        for (const { taskId } of ofRule) held.set(taskId, (held.get(taskId) ?? 0) + 1);
        counted.push(countUse(locate, ofRule));
      }
      return { ...rule, locate, use: sumUse(counted), state: states.get(rule.key) ?? {}, priorities, held };
    });
  }

  return {
    /** With the id of a limit that exists, changes nothing. Rejects with AppError `conflict` `too_many_limits`. */
    async create(given: NewLimit, now: Date, limitId?: string, maker = ANY_MAKER): Promise<Limit> {
      const _id = new mongo.ObjectId(limitId);
      const limit: Limit = { limit_id: _id.toHexString(), ...given, level: toRuleLevel(maker), created_time: now };
      const known = await db.limits.findOne<Limit>({ limit_id: limit.limit_id }, WITHOUT_ID);
      if (known) return known;
      await checkQuota(db.limits, {}, { code: 'too_many_limits', most: MAX_LIMITS, maker });
      await db.limits.insertOne({ _id, ...limit });
      return limit;
    },
    /** As it is stored, also one that cannot be read. */
    getLimit,
    findAll,
    /** Differs if one was made, changed or removed since. */
    async findVersions(): Promise<string> {
      const found = db.limits.find({}, { projection: { _id: 0, limit_id: 1, changed_time: 1 }, ...IN_ONE_ANSWER });
      return JSON.stringify(await found.sort({ limit_id: 1 }).toArray());
    },
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
    findMoving,
    /** What of these tasks says which limits cover them. */
    findFacts: (taskIds: readonly string[]): Promise<LimitFacts[]> => findTasks(db, taskIds, LIMIT_FACTS).toArray(),
    /**
     * All limits over the tasks that have something out and over these tasks, and the limits of these tasks alone;
     * `now`: only those that count then. What they count is read while no other sender sends. What is `known` is not
     * read again.
     */
    async findStanding(
      own: readonly LimitedTask[],
      now?: Date,
      known: { limits?: readonly Limit[]; moving?: readonly string[] } = {},
    ): Promise<KnownLimit[]> {
      const stored = inForce(known.limits ?? (await findAll()), now);
      const asked = own.map(({ task_id }) => task_id);
      const states = await findStates([...stored.map(({ limit_id }) => limit_id), ...own.map(toOwnKey)]);
      const sent = [...states.values()].map(({ ahead = {} }) => Object.keys(ahead));
      const moving = stored.length > 0 ? (known.moving ?? (await findMoving())) : [];
      const at = now ?? (await getDatabaseTime(db));
      const read = unite([moving, asked, ...sent]);
      const { tasks, uses } = await readLimitUse(db, read, at);
      const rules = [...toStoredRules(stored, tasks), ...own.filter(({ config }) => hasNumbers(config)).map(toOwnRule)];
      return toStanding({ rules, tasks, uses, states, read, at });
    },
    /** All limits over all tasks that are not settled; `now`: only those that count then. */
    async findOverAll(now?: Date): Promise<KnownLimit[]> {
      const stored = inForce(await findAll(), now);
      if (stored.length === 0) return [];
      const states = await findStates(stored.map(({ limit_id }) => limit_id));
      const [tasks, moving] = await Promise.all([findUnsettledTasks(db, LIMIT_FACTS).toArray(), findMoving()]);
      const at = now ?? (await getDatabaseTime(db));
      const { uses } = await readLimitUse(db, moving, at);
      const rules = toStoredRules(stored, tasks);
      return toStanding({ rules, tasks, uses, states, read: moving, at });
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

const inForce = (limits: readonly Limit[], now: Date | undefined): Limit[] =>
  limits.filter(({ windows }) => !now || isWindowOpen(windows, now));

const toOwnKey = ({ task_id }: Pick<LimitedTask, 'task_id'>): string => `task:${task_id}`;

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
