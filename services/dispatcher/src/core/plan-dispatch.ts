import { MAX_SUBTASKS_PER_JOB } from '@cyberstroll/contracts';
import { DISPATCHABLE_TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import { type PlanHeadroom, toNoHeadroom } from '@cyberstroll/task-state';
import type { IndexStretch } from './index-stretch';
import type { Pool, PoolTask } from './pool';

export interface PlanTask extends PoolTask {
  status: TaskStatus;
  /** A rule says that it may begin nothing now. */
  isHeld?: boolean;
  config: { pool: string; priority: number };
  /** The first index that was not sent out. */
  cursor: number;
  total_targets: number;
}

export interface PlannedChunk extends IndexStretch {
  task_id: string;
}

/**
 * Plans what to send out now. The free part of each pool's window is shared between its tasks by weighted max-min
 * fairness on what each task has out already. The task with the least out for its priority is served first, chunk by
 * chunk, so a small task never waits behind a huge one. This is a pure function of what every replica reads. So each
 * replica may carry out the part of the plan with the tasks that it holds the lease of.
 *
 * Under a limit that place goes to the least served of the tasks that share the limit (`limit-shares.ts`).
 *
 * A plan never exceeds the window, in which the pool's retries count too, nor the limit of a method, nor the room that
 * its limits leave a task, nor passes a task's last target. It takes from `headroom` what it plans: a task without room
 * holds no other one up. The chunks of a task are consecutive from its cursor. Subtasks of `others` that are out count
 * against the window, and their targets as work that is left; none of theirs are planned.
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
}): PlannedChunk[] {
  const isOf = (name: string) => (task: PlanTask) => task.config.pool === name;
  // Pools share the room of a limit, too: the one with its least served task is first.
  const toLevel = (name: string) =>
    tasks
      .filter((task) => isOf(name)(task) && isDispatchable(task))
      .reduce((least, { task_id }) => Math.min(least, headroom.levelOf?.(task_id) ?? least), Number.MAX_VALUE);
  return [...pools]
    .map(([name, pool]) => ({ name, pool, level: toLevel(name) }))
    .sort((a, b) => a.level - b.level)
    .flatMap(({ name, pool }) => planPool(pool, tasks.filter(isOf(name)), others.filter(isOf(name)), headroom));
}

/**
 * How many subtasks of a task the fleet has to do: sent out and not closed. Those waiting for a retry's time hold
 * nobody up; of a paused or held task only what runs does, since the nodes drop its jobs.
 */
export function countOutstanding({ status, isHeld, cursor, counts }: PlanTask): number {
  if (status === 'PAUSED' || isHeld) return counts.held;
  return Math.max(0, cursor - counts.closed - counts.retrying);
}

function planPool(
  pool: Pool,
  tasks: readonly PlanTask[],
  others: readonly PlanTask[],
  headroom: PlanHeadroom,
): PlannedChunk[] {
  const chunks: PlannedChunk[] = [];
  const all = [...tasks, ...others];
  let out = pool.retries + sumOutstanding(all);
  const outBy = new Map(
    [...pool.limits.keys()].map((method) => [method, sumOutstanding(all.filter(({ scan }) => scan.method === method))]),
  );
  let left = all.filter(isDispatchable).reduce((sum, task) => sum + countLeft(task, task.cursor), 0);
  const toShare = (task: PlanTask): Share => {
    return { task_id: task.task_id, task, next: task.cursor, out: countOutstanding(task) };
  };
  let shares = tasks.filter(isDispatchable).map(toShare).filter(hasLeft);

  for (;;) {
    const least = findLeastServed(shares);
    if (!least) return chunks;
    const share = headroom.choose?.(least, shares) ?? least;
    const wanted = toChunkSize(pool, { ofTask: countLeft(share.task, share.next), ofPool: left });
    const fitting = toFitting(wanted, out, pool.window);
    if (fitting === 0) return chunks;
    const { method } = share.task.scan;
    const outByMethod = outBy.get(method) ?? 0;
    const ofMethod = toFitting(fitting, outByMethod, pool.limits.get(method) ?? pool.window);
    if (ofMethod === 0) {
      shares = shares.filter(({ task }) => task.scan.method !== method);
      continue;
    }
    const { task_id } = share;
    const first_index = share.next;
    const count = headroom.take(task_id, ofMethod, (n) => first_index + n);
    if (count === 0) {
      shares = shares.filter((each) => each !== share);
      continue;
    }
    outBy.set(method, outByMethod + count);
    chunks.push({ task_id, first_index, count });
    share.next += count;
    share.out += count;
    out += count;
    left -= count;
    if (!hasLeft(share)) shares = shares.filter(hasLeft);
  }
}

/**
 * Those of the tasks that the plan would serve next, as far as is known: the least served of each pool that has room,
 * `most` of them at most.
 */
export function findNextServed(tasks: readonly PlanTask[], pools: ReadonlyMap<string, Pool>, most: number): string[] {
  return [...pools].flatMap(([name, pool]) => {
    const ofPool = tasks.filter((task) => task.config.pool === name);
    const free = pool.window - pool.retries - sumOutstanding(ofPool);
    if (free <= 0) return [];
    return ofPool
      .filter((task) => isDispatchable(task) && countLeft(task, task.cursor) > 0)
      .map((task) => ({
        task_id: task.task_id,
        load: toLoad({ task, out: countOutstanding(task) }),
      }))
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

interface Share {
  task_id: string;
  task: PlanTask;
  next: number;
  out: number;
}

/** Of equals the first, which is the oldest. */
function findLeastServed(shares: readonly Share[]): Share | undefined {
  let least = shares[0];
  for (const share of shares) if (toLoad(share) < toLoad(least!)) least = share;
  return least;
}

const hasLeft = ({ next, task }: Share): boolean => next < task.total_targets;
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
  /** Of all tasks of the pool that can be sent out, with this one. */
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
  const guided = Math.ceil(Math.min(left.ofPool, pool.window) / (4 * pool.nodes));
  return Math.min(left.ofTask, clamp(guided, smallest, largest));
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
