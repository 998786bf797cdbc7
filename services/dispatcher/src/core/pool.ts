import type { Node } from '@cyberstroll/contracts';
import { scansBy, takesWork } from '@cyberstroll/task-state';

/**
 * How far ahead a pool of nodes is served: its window is the number of subtasks that may be sent out and not be closed.
 * Twice the fleet's capacity keeps every slot busy. If scans are quick, the window is two seconds of the observed rate
 * of closed subtasks. It at most doubles every 200 ms, so a burst of results never floods a slow fleet; it shrinks at
 * once. The rate is measured from the tasks' counters, so every replica sees the same rate.
 */
const CAPACITIES_AHEAD = 2;
const SECONDS_AHEAD = 2;
const DOUBLING_MS = 200;
const MAX_RATE_WINDOW = 40_000;
/** Time constants of the rate's moving average: quick to see that a fleet is fast, slow to forget it. */
const RISING_MS = 250;
const FALLING_MS = 1_000;

export interface Pool {
  /** Addresses that its nodes scan at once, together. */
  capacity: number;
  nodes: number;
  /** The capacity of its middle node: one that is much smaller or larger than most does not count. */
  median_capacity: number;
  /** Subtasks that close, per second. */
  rate: number;
  window: number;
  /**
   * The methods that only some of its nodes scan by, or none: how many of their subtasks may be out. No more than
   * these nodes scan at once: what waits in the queue is returned, and in the end handed back, by the other nodes.
   */
  limits: ReadonlyMap<string, number>;
}

export interface PoolTask {
  task_id: string;
  config: { pool: string };
  scan: { method: string };
  counts: TaskCounts;
}

/** The numbers of its subtasks that are closed, that nodes hold, and that are RETRYING. */
export interface TaskCounts {
  closed: number;
  held: number;
  retrying: number;
  /** The closed ones that were cancelled: no node has done anything for them. Default: none. */
  cancelled?: number;
}

export const NO_COUNTS = { closed: 0, held: 0, retrying: 0, cancelled: 0 };

export type PoolNode = Pick<Node, 'status' | 'capacity' | 'pools' | 'methods'>;

/** What one pass leaves for the next. */
export interface PoolObservation {
  pools: ReadonlyMap<string, Pool>;
  /** By task: how many of its subtasks nodes have closed. */
  closed: ReadonlyMap<string, number>;
  time: Date;
}

/** The pools that have a node to send to, as they stand now. Draining nodes take nothing new. */
export function observePools(
  before: PoolObservation | undefined,
  {
    tasks,
    nodes,
    now,
  }: {
    tasks: readonly PoolTask[];
    nodes: readonly PoolNode[];
    now: Date;
  },
): PoolObservation {
  const elapsedMs = before ? Math.max(0, now.getTime() - before.time.getTime()) : 0;
  const closed = new Map(tasks.map(({ task_id, counts }) => [task_id, counts.closed - (counts.cancelled ?? 0)]));
  const pools = new Map<string, Pool>();
  for (const [name, fleet] of groupByPool(nodes)) {
    const last = before?.pools.get(name);
    const ofPool = tasks.filter((task) => task.config.pool === name);
    const rate = smooth(last?.rate ?? 0, countNewlyClosed(ofPool, before, closed), elapsedMs);
    const capacity = sumCapacity(fleet);
    const least = CAPACITIES_AHEAD * capacity;
    const grown = Math.max(last?.window ?? 0, least) * 2 ** (elapsedMs / DOUBLING_MS);
    pools.set(name, {
      capacity,
      nodes: fleet.length,
      median_capacity: toMedian(fleet.map((node) => node.capacity)),
      rate,
      window: Math.max(least, Math.floor(Math.min(rate * SECONDS_AHEAD, grown, MAX_RATE_WINDOW))),
      limits: toLimits(ofPool, fleet),
    });
  }
  return { pools, closed, time: now };
}

const sumCapacity = (nodes: readonly PoolNode[]) => nodes.reduce((sum, { capacity }) => sum + capacity, 0);

function toLimits(tasks: readonly PoolTask[], fleet: readonly PoolNode[]): Map<string, number> {
  const methods = new Set(tasks.map(({ scan }) => scan.method));
  const limits = new Map<string, number>();
  for (const method of methods) {
    const able = fleet.filter((node) => scansBy(node, method));
    if (able.length < fleet.length) limits.set(method, sumCapacity(able));
  }
  return limits;
}

/** Of an even number, the lower one of the two in the middle. */
const toMedian = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[(numbers.length - 1) >> 1]!;

function groupByPool(nodes: readonly PoolNode[]): Map<string, PoolNode[]> {
  const groups = new Map<string, PoolNode[]>();
  for (const node of nodes) {
    if (!takesWork(node)) continue;
    for (const pool of node.pools) {
      const group = groups.get(pool);
      if (group) group.push(node);
      else groups.set(pool, [node]);
    }
  }
  return groups;
}

/** A retry takes subtasks out of rest again: that is no negative work. */
function countNewlyClosed(
  tasks: readonly PoolTask[],
  before: PoolObservation | undefined,
  closed: ReadonlyMap<string, number>,
): number {
  return tasks.reduce((sum, { task_id }) => {
    const now = closed.get(task_id)!;
    return sum + Math.max(0, now - (before?.closed.get(task_id) ?? now));
  }, 0);
}

function smooth(rate: number, newlyClosed: number, elapsedMs: number): number {
  if (elapsedMs === 0) return rate;
  const observed = (newlyClosed * 1_000) / elapsedMs;
  const weight = 1 - Math.exp(-elapsedMs / (observed > rate ? RISING_MS : FALLING_MS));
  return rate + weight * (observed - rate);
}
