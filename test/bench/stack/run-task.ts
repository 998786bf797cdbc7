import type { Stack } from '@cyberstroll/local';
import type { BenchApi } from './api';
import { toTargets } from './to-targets';
import { type Usage, watchUsage } from './watch-usage';

export interface TaskRun extends Usage {
  task_id: string;
  n: number;
  seconds: number;
  per_second: number;
}

/** One task of `n` subtasks, from the answer to the POST to the WebSocket frame that says COMPLETED. */
export async function runTask(stack: Stack, api: BenchApi, n: number): Promise<TaskRun> {
  const task_id = await api.createTask(toTargets(n));
  const usage = watchUsage(stack);
  const begun = performance.now();
  try {
    const end = await api.waitForEnd(task_id);
    const seconds = (performance.now() - begun) / 1_000;
    if (end.status !== 'COMPLETED' || end.counts.completed_count !== n)
      throw new Error(`the task ended wrong: ${JSON.stringify(end)}`);
    return { task_id, n, seconds, per_second: n / seconds, ...usage.stop() };
  } finally {
    usage.stop();
  }
}
