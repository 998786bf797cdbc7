import type { Observation } from './watch-system';

export interface FloodFigures {
  /** How many times the sustained rate was to be offered. */
  factor: number;
  /**
   * Updates per second that were applied before the flood, with MongoDB as slow as in it; and that were offered in it.
   */
  sustained: number;
  offered: number;
  updates: number;
  flood_seconds: number;
  /** Of the updates, those that the counters held when the flood ended. */
  applied_in_flood: number;
  /** From the recovery of MongoDB until all is applied and a subscriber knows. */
  drain_seconds: number;
  during: Observation;
  after: Observation;
  /** Of the flooded task at the end: its status, its counter, and a recount of its subtasks. */
  status: string;
  completed: number;
  recounted: number;
}

/** The middle of the first third of a series, and of its last. */
export function toThirds(series: readonly number[]): { first: number; last: number } {
  const length = Math.ceil(series.length / 3);
  return { first: median(series.slice(0, length)), last: median(series.slice(-length)) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
