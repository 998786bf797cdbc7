import { MAX_SUBTASKS_PER_JOB, parseSubTaskId } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import { type PlanHeadroom, toNoHeadroom } from '@cyberstroll/task-state';
import type { ReadyRetry } from './group-retries';
import { type IndexStretch, type StoredChunk, toEnd } from './index-stretch';
import type { Pool, PoolTask } from './pool';

export interface PlanTask extends PoolTask {
  status: TaskStatus;
  /** The gate is closed: it may begin nothing now. */
  isHeld?: boolean;
  config: { pool: string; priority: number };
  /** The first index that was not sent out. */
  cursor: number;
  total_targets: number;
  /** Its retries that are due, in their order. */
  retries?: readonly ReadyRetry[] | undefined;
  /** Retries that were sent and that no node has claimed. */
  sentRetries?: number | undefined;
  /** Chunks behind its cursor that wait to be sent, with what is untouched of them. */
  waiting?: readonly WaitingChunk[] | undefined;
  /** The subtasks of all such chunks: they lie behind the cursor, and are not out. */
  waitingCount?: number | undefined;
}

export interface WaitingChunk {
  chunk: StoredChunk;
  untouched: readonly number[];
}

export interface PlannedChunk extends IndexStretch {
  task_id: string;
  /** A limit has no room for these addresses: they are written down, and wait. The rest of the task continues. */
  postponed?: true;
}

/** What is sent of a waiting chunk: these indexes, which are all that is untouched before `end`. */
export interface PlannedAgain {
  task_id: string;
  chunk: StoredChunk;
  indexes: readonly number[];
  end: number;
}

export interface PlannedRetries {
  task_id: string;
  retries: readonly ReadyRetry[];
}

/** What one pass sends: first attempts, in the order of their places, what is sent again, and retries. */
export interface Plan {
  chunks: PlannedChunk[];
  again: PlannedAgain[];
  retries: PlannedRetries[];
}

/** The part of a window that retries have at most, while first attempts need it too. */
const RETRY_SHARE = 1 / 2;
/** Chunks of one task that may wait for room. With more of them the task waits for its next address. */
const MAX_POSTPONED = 2_000;

/**
 * Plans what to send out now. The free part of each pool's window is shared between its tasks by weighted max-min
 * fairness on what each task has out already. The task with the least out for its priority is served first, chunk by
 * chunk, so a small task never waits behind a huge one. Of a task, what was recalled goes first, then its retries, then
 * what lies at its cursor; retries have half of the window while there is anything else. This is a pure function of
 * what every replica reads. So each replica may carry out the part of the plan with the tasks that it holds the lease
 * of.
 *
 * Under a limit that place goes to the least served of the tasks that share the limit (`limit-shares.ts`).
 *
 * A plan never exceeds the window, nor the limit of a method, nor the room that its limits leave a task, nor passes a
 * task's last target. It takes from `headroom` what it plans: a task without room holds no other one up, and an address
 * without room no other address of its task. The chunks of a task are consecutive from its cursor. Subtasks of `others`
 * that are out count against the window, and their targets as work that is left; none of theirs are planned.
 */
export function planDispatch({
  tasks,
  others = [],
  pools,
  headroom = toNoHeadroom(new Set()),
}: {
  tasks: readonly PlanTask[];
  others?: readonly PlanTask[];
  pools: ReadonlyMap<string, Pool>;
  headroom?: PlanHeadroom;
}): Plan {
  const plan: Plan = { chunks: [], again: [], retries: [] };
  const isOf = (name: string) => (task: PlanTask) => task.config.pool === name;
  // Pools share the room of a limit, too: the one with its least served task is first.
  const toLevel = (name: string) =>
    tasks
      .filter((task) => isOf(name)(task) && isDispatchable(task))
      .reduce((least, { task_id }) => Math.min(least, headroom.levelOf(task_id) ?? least), Number.MAX_VALUE);
  const byLevel = [...pools]
    .map(([name, pool]) => ({ name, pool, level: toLevel(name) }))
    .sort((a, b) => a.level - b.level);
  for (const { name, pool } of byLevel) {
    planPool(plan, pool, tasks.filter(isOf(name)), others.filter(isOf(name)), headroom);
  }
  return plan;
}

/**
 * How many subtasks of a task the fleet has to do: sent out and not closed. Those waiting for a retry's time hold
 * nobody up; of a paused or held task only what runs does, since the nodes drop its jobs.
 */
export function countOutstanding({
  status,
  isHeld,
  cursor,
  counts,
  sentRetries = 0,
  waitingCount = 0,
}: PlanTask): number {
  if (status === 'PAUSED' || isHeld) return counts.held;
  return Math.max(0, cursor - counts.closed - counts.retrying - waitingCount) + sentRetries;
}

function planPool(
  plan: Plan,
  pool: Pool,
  tasks: readonly PlanTask[],
  others: readonly PlanTask[],
  headroom: PlanHeadroom,
): void {
  const all = [...tasks, ...others];
  let out = sumOutstanding(all);
  let retriesOut = all.reduce((sum, { sentRetries = 0 }) => sum + sentRetries, 0);
  const outBy = new Map(
    [...pool.limits.keys()].map((method) => [method, sumOutstanding(all.filter(({ scan }) => scan.method === method))]),
  );
  const able = all.filter(isDispatchable);
  let left = able.reduce((sum, task) => sum + countWork(task), 0);
  let shares = tasks.filter(isDispatchable).map(toShare);
  const hasOthers = able.some((task) => countLeft(task, task.cursor) > 0);

  for (;;) {
    shares = shares.filter((each) => toKind(each) !== undefined);
    const least = findLeastServed(shares);
    if (!least) return;
    const share = headroom.choose(least, shares);
    const { task } = share;
    const kind = toKind(share)!;
    const wanted = toChunkSize(pool, { ofTask: countOfKind(share, kind), ofPool: left });
    const ofWindow = toFitting(wanted, out, pool.window);
    if (ofWindow === 0) return;
    const { method } = task.scan;
    const outByMethod = outBy.get(method) ?? 0;
    const ofMethod = toFitting(ofWindow, outByMethod, pool.limits.get(method) ?? pool.window);
    if (ofMethod === 0) {
      shares = shares.filter((each) => each.task.scan.method !== method);
      continue;
    }
    const mayHave = hasOthers ? Math.max(0, Math.ceil(pool.window * RETRY_SHARE) - retriesOut) : ofMethod;
    const sent = plannersOf[kind](plan, share, kind === 'retries' ? Math.min(ofMethod, mayHave) : ofMethod, headroom);
    if (kind === 'retries') retriesOut += sent;
    left -= sent;
    share.out += sent;
    out += sent;
    outBy.set(method, outByMethod + sent);
  }
}

/** What a task can be sent of, in this order. */
type Kind = 'again' | 'retries' | 'cursor';

/** A task in the plan, and what of it is left to plan. */
interface Share {
  task_id: string;
  task: PlanTask;
  out: number;
  waiting: readonly WaitingChunk[];
  retries: readonly ReadyRetry[];
  next: number;
  /** Its next address has no room. */
  isStuck: boolean;
}

const toShare = (task: PlanTask): Share => ({
  task_id: task.task_id,
  task,
  out: countOutstanding(task),
  waiting: task.waiting ?? [],
  retries: task.retries ?? [],
  next: task.cursor,
  isStuck: false,
});

function toKind({ task, waiting, retries, next, isStuck }: Share): Kind | undefined {
  if (waiting.length > 0) return 'again';
  if (retries.length > 0) return 'retries';
  return !isStuck && next < task.total_targets ? 'cursor' : undefined;
}

/** How much of a task is left to send. */
const countWork = (task: PlanTask): number =>
  countLeft(task, task.cursor) + (task.retries?.length ?? 0) + (task.waitingCount ?? 0);

const countOfKind = ({ task, waiting, retries, next }: Share, kind: Kind): number =>
  ({ again: waiting[0]?.untouched.length ?? 0, retries: retries.length, cursor: countLeft(task, next) })[kind];

/** Each plans up to `most` subtasks of its kind, and returns how many. What has no room is left out of this plan. */
const plannersOf: Record<Kind, (plan: Plan, share: Share, most: number, headroom: PlanHeadroom) => number> = {
  again(plan, share, most, { take }) {
    const [{ chunk, untouched }, ...others] = share.waiting as [WaitingChunk, ...WaitingChunk[]];
    const { task_id } = share.task;
    const count = take(task_id, Math.min(most, untouched.length), (n) => untouched[n]!);
    const indexes = untouched.slice(0, count);
    const rest = untouched.slice(count);
    const end = rest[0] ?? toEnd(chunk);
    share.waiting = others;
    if (count > 0) plan.again.push({ task_id, chunk, indexes, end });
    return count;
  },
  retries(plan, share, most, { take }) {
    const { task_id } = share.task;
    const asked = share.retries.slice(0, most);
    // One in a full prefix holds up none in another.
    const retries = asked.filter((retry) => take(task_id, 1, () => parseSubTaskId(retry.subtask_id)!.index) > 0);
    share.retries = most === 0 ? [] : share.retries.slice(most);
    if (retries.length > 0) plan.retries.push({ task_id, retries });
    return retries.length;
  },
  cursor(plan, share, most, { take, countBlocked }) {
    const { task_id } = share.task;
    const first_index = share.next;
    const toIndex = (n: number) => first_index + n;
    const count = take(task_id, most, toIndex);
    if (count > 0) {
      plan.chunks.push({ task_id, first_index, count });
      share.next += count;
      return count;
    }
    const mostBlocked = Math.min(MAX_SUBTASKS_PER_JOB, countLeft(share.task, first_index));
    const blocked = mayPostpone(plan, share) ? countBlocked(task_id, mostBlocked, toIndex) : 0;
    if (blocked > 0) {
      plan.chunks.push({ task_id, first_index, count: blocked, postponed: true });
      share.next += blocked;
    } else share.isStuck = true;
    return 0;
  },
};

const mayPostpone = ({ chunks }: Plan, { task }: Share): boolean =>
  (task.waitingCount ?? 0) < MAX_POSTPONED &&
  chunks.filter(({ task_id, postponed }) => postponed && task_id === task.task_id).length < MAX_POSTPONED / 10;

/**
 * Those of the tasks that the plan would serve next, as far as is known: the least served of each pool that has room,
 * `most` of them at most.
 */
export function findNextServed(tasks: readonly PlanTask[], pools: ReadonlyMap<string, Pool>, most: number): string[] {
  return [...pools].flatMap(([name, pool]) => {
    const ofPool = tasks.filter((task) => task.config.pool === name);
    const free = pool.window - sumOutstanding(ofPool);
    if (free <= 0) return [];
    return ofPool
      .filter((task) => isDispatchable(task) && countLeft(task, task.cursor) > 0)
      .map((task) => ({ task_id: task.task_id, load: toLoad(toShare(task)) }))
      .sort((a, b) => a.load - b.load)
      .slice(0, Math.min(most, free))
      .map(({ task_id }) => task_id);
  });
}

const sumOutstanding = (tasks: readonly PlanTask[]): number =>
  tasks.reduce((sum, task) => sum + countOutstanding(task), 0);

/** While there is enough to do, a whole chunk a little later beats a fragment now: fewer messages. */
function toFitting(wanted: number, out: number, window: number): number {
  const free = window - out;
  return free <= 0 || (free < wanted && out >= window / 2) ? 0 : Math.min(wanted, free);
}

const isDispatchable = ({ status, isHeld }: PlanTask): boolean =>
  !isHeld && DISPATCHABLE_TASK_STATUSES.includes(status);
const countLeft = ({ total_targets }: PlanTask, next: number): number => Math.max(0, total_targets - next);

/** Of equals the first, which is the oldest. */
function findLeastServed(shares: readonly Share[]): Share | undefined {
  let least = shares[0];
  for (const share of shares) if (toLoad(share) < toLoad(least!)) least = share;
  return least;
}

const toLoad = ({ out, task }: Pick<Share, 'out' | 'task'>): number => out / task.config.priority;

/** A chunk is a node's work for no longer than this, … */
const LONGEST_SECONDS = 0.2;
/** … and never so small that messages cost more than scans. */
const SHORTEST_SECONDS = 0.02;
/** Chunks that a window has at the most, so that the ledger of a large fleet of small nodes stays small. */
const MAX_CHUNKS_OUT = 50_000;

/** How many targets are not sent out yet. */
export interface TargetsLeft {
  ofTask: number;
  /** Of all tasks of the pool that can be sent out, with this one: first attempts, retries, and what waits. */
  ofPool: number;
}

/**
 * How many subtasks the next job of a task gets: guided self-scheduling. Large while the pool has much left, shrinking
 * to the end, so that one slow node holds nobody up. The end of one task is no end while other tasks follow: a node
 * that is done takes their jobs. A quick fleet (much is closed per node and second) gets up to 500, a slow one a
 * quarter of its middle node's slots and single subtasks at the end.
 */
function toChunkSize(pool: Pool, left: TargetsLeft): number {
  const ratePerNode = pool.rate / pool.nodes;
  const least = Math.ceil(pool.window / MAX_CHUNKS_OUT);
  const largest = clamp(
    Math.max(Math.floor(pool.median_capacity / 4), Math.ceil(ratePerNode * LONGEST_SECONDS)),
    least,
    MAX_SUBTASKS_PER_JOB,
  );
  const smallest = clamp(Math.floor(ratePerNode * SHORTEST_SECONDS), least, largest);
  const guided = Math.ceil(Math.min(Math.max(left.ofPool, 1), pool.window) / (4 * pool.nodes));
  return Math.min(left.ofTask, clamp(guided, smallest, largest));
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
