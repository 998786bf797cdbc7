import { MAX_SUBTASKS_PER_JOB } from '@cyberstroll/contracts';
import type { Pool } from './pool';

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
export function toChunkSize(pool: Pool, left: TargetsLeft): number {
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
