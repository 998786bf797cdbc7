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
  /** The share of one core that the processes of each service and each engine took. */
  cores: Record<string, number>;
  /** The highest of each service's processes, sampled four times a second. */
  rss_mb: Record<string, number>;
}

/** One task of `n` subtasks, from the answer to the POST to the WebSocket frame that says COMPLETED. */
export async function measureTask(stack: Stack, api: BenchApi, n: number): Promise<TaskFigures> {
  const pids = () => stack.describe().services.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  const engines = () =>
    (stack.engines?.all ?? []).flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  const cpu = () => addUp([...pids(), ...engines()].map(({ name, pid }) => [name, readUsage(pid).cpu_seconds]));
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
  const cpuAfter = cpu();
  const used = Object.entries(cpuAfter).map(([name, after]): [string, number] => [
    name,
    after - (cpuBefore[name] ?? 0),
  ]);
  const ofEngines = new Set<string>(engines().map(({ name }) => name));
  const ofServices = used.reduce((sum, [name, spent]) => (ofEngines.has(name) ? sum : sum + spent), 0);
  if (end.status !== 'COMPLETED' || end.counts.completed_count !== n)
    throw new Error(`the task ended wrong: ${JSON.stringify(end)}`);
  return {
    task_id: taskId,
    seconds,
    subtasks_per_second: n / seconds,
    cpu_seconds_per_1000: (ofServices * 1_000) / n,
    cores: Object.fromEntries(used.map(([name, spent]) => [name, Number((spent / seconds).toFixed(2))])),
    rss_mb: rss,
  };
}

function addUp(parts: readonly [string, number][]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, value] of parts) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
