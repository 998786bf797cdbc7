import type { Stack } from '@cyberstroll/local';
import type { BenchApi } from './api';
import { readUsage } from './process-usage';
import { toTargets } from './to-targets';

export interface TaskFigures {
  task_id: string;
  seconds: number;
  subtasks_per_second: number;
  /** Of the services and nodes together, engines left out. */
  cpu_seconds_per_1000: number;
  /** The highest of each service's processes, sampled four times a second. */
  rss_mb: Record<string, number>;
}

/** One task of `n` subtasks, from the answer to the POST to the WebSocket frame that says COMPLETED. */
export async function measureTask(stack: Stack, api: BenchApi, n: number): Promise<TaskFigures> {
  const pids = () => stack.describe().services.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  const cpu = () => pids().reduce((sum, { pid }) => sum + readUsage(pid).cpu_seconds, 0);
  const rss: Record<string, number> = {};
  const sampling = setInterval(() => {
    for (const { name, pid } of pids()) rss[name] = Math.max(rss[name] ?? 0, readUsage(pid).rss_mb);
  }, 250);

  const taskId = await api.createTask(toTargets(n));
  const cpuBefore = cpu();
  const begin = performance.now();
  const end = await api.waitForEnd(taskId);
  const seconds = (performance.now() - begin) / 1_000;
  clearInterval(sampling);
  if (end.status !== 'COMPLETED' || end.counts.completed_count !== n)
    throw new Error(`the task ended wrong: ${JSON.stringify(end)}`);
  return {
    task_id: taskId,
    seconds,
    subtasks_per_second: n / seconds,
    cpu_seconds_per_1000: ((cpu() - cpuBefore) * 1_000) / n,
    rss_mb: rss,
  };
}
