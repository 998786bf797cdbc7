import type { Stack } from '@cyberstroll/local';
import type { BenchApi } from './api';
import { measureTask, type TaskFigures } from './measure-task';

export interface GrowthFigures {
  n: number;
  seconds: number;
  subtasks_per_second: number;
  /** Time grows with this power of `n`, since the size before; null for the first. 1 is linear. */
  exponent: number | null;
  rss_mb: TaskFigures['rss_mb'];
}

/** Tasks of rising sizes, one after the other, on one stack. */
export async function measureGrowth(
  stack: Stack,
  api: BenchApi,
  sizes: readonly number[],
  note: (figures: GrowthFigures) => void,
): Promise<GrowthFigures[]> {
  const grown: GrowthFigures[] = [];
  for (const n of sizes) {
    const { seconds, subtasks_per_second, rss_mb } = await measureTask(stack, api, n);
    const before = grown.at(-1);
    const exponent = before ? Math.log(seconds / before.seconds) / Math.log(n / before.n) : null;
    const figures = { n, seconds, subtasks_per_second, exponent, rss_mb };
    grown.push(figures);
    note(figures);
  }
  return grown;
}
