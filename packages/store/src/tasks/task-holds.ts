/**
 * Writes holds on tasks, and takes them away, so that they are what the rules say now (`findHold`). Safe to run at any
 * time by anybody, as often as one likes: a write names what it read, and a task that changed meanwhile is left to the
 * next pass.
 */
import { type HoldCode, type Task, taskSchema } from '@cyberstroll/contracts';
import { OPEN_TASK_STATUSES } from '@cyberstroll/state-machine';
import {
  applyHold,
  byRank,
  type FreezeRule,
  findCovering,
  findHold,
  isInForce,
  isSameHold,
  toFreezeHold,
} from '@cyberstroll/task-state';
import type { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import type { TaskDocument } from '../mongodb/models/documents';
import { findFields, IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { createCheck } from '../mongodb/queries/readable';
import { notOver } from '../rules/read-rules';
import { coveredByRule } from './covered-by';
import type { TaskWriter } from './write-tasks';

/** What a pass has changed. */
export interface ChangedHolds {
  /** Tasks that are held since this pass. */
  held: string[];
  /** Tasks that nothing holds any more. */
  released: Pick<Task, 'task_id' | 'status'>[];
}

const READ = [
  'task_id',
  'rev',
  'unseen',
  'status',
  'labels',
  'target_ranges',
  'config.pool',
  'config.windows',
  'config.at_close',
  'started_time',
  'paused_time',
  'paused_seconds',
  'hold',
  'held_seconds',
] as const;
type ReadTask = Part<Task, (typeof READ)[number]>;

const isReadable = createCheck(taskSchema, READ);

const PAGE = 500;
/** An update for a rule looks at all open tasks. Of more new rules than this, only those with an effect have one. */
const FEW_RULES = 10;

const IS_OPEN = { settled: false, status: { $in: OPEN_TASK_STATUSES } } as const;
const IS_FREE = { hold: { $exists: false } } as const;
/** Whose hold does not abort running scans. */
const LETS_END = { 'hold.running': { $ne: 'abort' } } as const;
const CODES: HoldCode[] = ['frozen', 'blackout', 'outside_window'];

export function createTaskHolds(db: Database, writer: TaskWriter) {
  /** A revision that clients do not see: the version of the task stays, and no other write overlooks the hold. */
  const HIDDEN_REVISION = { rev: 1, unseen: 1 } as const;

  /** At once, without a read: however many tasks there are. */
  async function begin(rule: FreezeRule, now: Date): Promise<string[]> {
    const hold = toFreezeHold(rule, now);
    const { since: _, ...others } = hold;
    const covered = coveredByRule(rule);
    const filter = { ...IS_OPEN, ...covered, ...IS_FREE };
    // The clock of a PAUSED task is stopped already.
    const begun = await db.tasks.updateMany(filter, {
      $set: { hold },
      $min: { paused_time: now },
      $inc: HIDDEN_REVISION,
    });
    const lesser = CODES.slice(CODES.indexOf(hold.code) + 1);
    await db.tasks.updateMany(
      { ...IS_OPEN, ...covered, 'hold.code': { $in: lesser } },
      {
        $set: Object.fromEntries(Object.entries(others).map(([field, value]) => [`hold.${field}`, value])),
        ...(hold.until === undefined && { $unset: { 'hold.until': '' } }),
        $inc: HIDDEN_REVISION,
      },
    );
    if (hold.running === 'abort') {
      await db.tasks.updateMany(
        { ...IS_OPEN, ...covered, 'hold.code': { $in: CODES }, ...LETS_END },
        { $set: { 'hold.running': 'abort' }, $inc: HIDDEN_REVISION },
      );
    }
    if (begun.modifiedCount === 0) return [];
    const held = { 'hold.code': hold.code, 'hold.freeze_id': rule.freeze_id, 'hold.since': now };
    return (await findFields(db.tasks, held, ['task_id'], IN_ONE_ANSWER).toArray()).map(({ task_id }) => task_id);
  }

  /** Tasks whose hold may be over, and those with windows that nothing holds. */
  function toChangeable(inForce: readonly FreezeRule[], now: Date): mongo.Filter<TaskDocument>[] {
    const ids = inForce.map(({ freeze_id }) => freeze_id);
    const moved = inForce.flatMap(({ freeze_id, covers: { label } }) =>
      label === undefined ? [] : [{ 'hold.freeze_id': freeze_id, labels: { $ne: label } }],
    );
    const mayBeOver = [
      { 'hold.freeze_id': { $exists: true, $nin: ids } },
      { 'hold.code': 'outside_window' as const, 'hold.until': { $lte: now } },
      ...moved,
    ];
    return [
      { 'hold.code': { $in: CODES }, $or: mayBeOver },
      { ...IS_OPEN, 'config.windows': { $exists: true }, ...IS_FREE },
      // A window may close while something else holds the task.
      {
        ...IS_OPEN,
        'config.windows': { $exists: true },
        'config.at_close': 'abort',
        hold: { $exists: true },
        ...LETS_END,
      },
    ];
  }

  const findPage = (filter: mongo.Filter<TaskDocument>, after: string) =>
    findFields(db.tasks, { ...filter, task_id: { $gt: after } }, READ, IN_ONE_ANSWER)
      .sort({ task_id: 1 })
      .limit(PAGE)
      .toArray();

  async function* pagesOf(filter: mongo.Filter<TaskDocument>): AsyncGenerator<ReadTask[]> {
    for (let after = ''; ; ) {
      const page = await findPage(filter, after);
      const readable = page.filter(isReadable);
      if (readable.length > 0) yield readable;
      if (page.length < PAGE) return;
      after = page.at(-1)!.task_id;
    }
  }

  /** Without those that a freeze holds that was made after the rules were read: its hold is not over. */
  async function withoutNewer(page: ReadTask[], rules: readonly FreezeRule[], now: Date): Promise<ReadTask[]> {
    const known = new Set(rules.map(({ freeze_id }) => freeze_id));
    const unknown = new Set(page.flatMap(({ hold }) => hold?.freeze_id ?? []).filter((id) => !known.has(id)));
    if (unknown.size === 0) return page;
    const filter = { freeze_id: { $in: [...unknown] }, ...notOver(now) };
    const newer = new Set((await db.freezes.find(filter).toArray()).map(({ freeze_id }) => freeze_id));
    return page.filter(({ hold }) => hold?.freeze_id === undefined || !newer.has(hold.freeze_id));
  }

  async function review(tasks: readonly ReadTask[], rules: readonly FreezeRule[], now: Date): Promise<ChangedHolds> {
    const writes = tasks.flatMap((task) => {
      const hold = findHold(task, rules, now);
      const isSame = hold && task.hold ? isSameHold(hold, task.hold) : !hold && !task.hold;
      if (isSame) return [];
      const { set, unset } = applyHold(task, hold, now);
      const revision = { rev: task.rev + 1, unseen: (task.unseen ?? 0) + 1 };
      return [{ task, hold, transitions: [], changes: { set: { ...set, ...revision }, unset } }];
    });
    if (writes.length === 0) return { held: [], released: [] };
    await writer.write(writes);
    const ids = writes.map(({ task }) => task.task_id);
    const after = new Map(
      (await findTasks(db, ids, ['task_id', 'status', 'hold.code']).toArray()).map((task) => [task.task_id, task]),
    );
    return {
      held: writes.flatMap(({ task: { task_id, hold: before } }) =>
        !before && after.get(task_id)?.hold ? [task_id] : [],
      ),
      released: writes.flatMap(({ task: { task_id }, hold }) => {
        const task = after.get(task_id);
        return !hold && task && !task.hold ? [{ task_id, status: task.status }] : [];
      }),
    };
  }

  /** Those of these rules that cover an open task whose hold is not what all of them say. */
  async function withEffect(rules: readonly FreezeRule[], now: Date): Promise<readonly FreezeRule[]> {
    const found = new Set<FreezeRule>();
    for await (const page of pagesOf(IS_OPEN)) {
      for (const task of page) {
        const covering = findCovering(rules, task);
        if (covering.length === 0) continue;
        const hold = findHold(task, covering, now);
        if (hold && !(task.hold && isSameHold(hold, task.hold))) for (const rule of covering) found.add(rule);
      }
    }
    return rules.filter((rule) => found.has(rule));
  }

  const toBegins = (rules: readonly FreezeRule[], now: Date) =>
    rules
      .filter((rule) => isInForce(rule, now))
      .sort(byRank)
      .map((rule) => async () => ({ held: await begin(rule, now), released: [] }));

  async function reviewAll(
    filter: mongo.Filter<TaskDocument>,
    rules: readonly FreezeRule[],
    now: Date,
  ): Promise<ChangedHolds> {
    const changed: ChangedHolds = { held: [], released: [] };
    for await (const page of pagesOf(filter)) {
      const { held, released } = await review(await withoutNewer(page, rules, now), rules, now);
      changed.held.push(...held);
      changed.released.push(...released);
    }
    return changed;
  }

  return {
    /**
     * Holds what these rules cover, where they are in force and it is not held yet. Each is applied, whatever happens
     * to another: the first error is thrown at the end.
     */
    async beginRules(rules: readonly FreezeRule[], now: Date): Promise<ChangedHolds> {
      return applyEach(toBegins(rules.length > FEW_RULES ? await withEffect(rules, now) : rules, now));
    },
    /**
     * Releases what nothing holds any more, and holds what its own windows no longer let begin. `rules`: all that are
     * not over. Throws as `beginRules` does.
     */
    reviewHeld(rules: readonly FreezeRule[], now: Date): Promise<ChangedHolds> {
      const inForce = rules.filter((rule) => isInForce(rule, now));
      return applyEach(toChangeable(inForce, now).map((filter) => () => reviewAll(filter, rules, now)));
    },
    /**
     * A page of open tasks behind the id `after`: each is held as the rules say now, such as one that has a new label.
     * `next`: the last id of the page; undefined where it was the last page.
     */
    async reviewOpen(
      rules: readonly FreezeRule[],
      now: Date,
      after = '',
    ): Promise<ChangedHolds & { next: string | undefined }> {
      const page = await findPage(IS_OPEN, after);
      const readable = await withoutNewer(page.filter(isReadable), rules, now);
      const next = page.length < PAGE ? undefined : page.at(-1)!.task_id;
      return { ...(await review(readable, rules, now)), next };
    },
    /** Tasks whose hold aborts what is under scan, by id after `after`. */
    findAborting: ({ after, limit }: { after: string | undefined; limit: number }) =>
      findFields(
        db.tasks,
        {
          'hold.code': { $in: CODES },
          'hold.running': 'abort' as const,
          ...(after !== undefined && { task_id: { $gt: after } }),
        },
        ['task_id', 'hold.code', 'hold.reason'],
        IN_ONE_ANSWER,
      )
        .sort({ task_id: 1 })
        .limit(limit)
        .toArray(),
    /** The number of tasks that this freeze holds. */
    countHeldBy: (freezeId: string): Promise<number> =>
      db.tasks.countDocuments({ 'hold.code': { $in: CODES }, 'hold.freeze_id': freezeId }),
    /** The number of held tasks, by why. */
    async countHeld(): Promise<Record<HoldCode, number>> {
      const groups = await db.tasks
        .aggregate<{ _id: HoldCode; count: number }>([
          { $match: { 'hold.code': { $in: CODES } } },
          { $group: { _id: '$hold.code', count: { $sum: 1 } } },
        ])
        .toArray();
      const counts = new Map(groups.map(({ _id, count }) => [_id, count]));
      return { frozen: 0, blackout: 0, outside_window: 0, ...Object.fromEntries(counts) };
    },
  };
}

async function applyEach(steps: readonly (() => Promise<ChangedHolds>)[]): Promise<ChangedHolds> {
  const changed: ChangedHolds = { held: [], released: [] };
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      const { held, released } = await step();
      changed.held.push(...held);
      changed.released.push(...released);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return changed;
}
