import { countScanned } from '@cyberstroll/contracts';
import type { ApiTask } from '../api-types';

/** Milliseconds over which a rate is taken: long enough for steady numbers, short enough to see a stop. */
const WINDOW_MS = 10_000;

interface Sample {
  at: number;
  done: number;
}

/** The addresses per second of each task, from what was seen last; at first the mean since the task started. */
export function createRates(): (tasks: readonly ApiTask[], now: number) => Map<string, number> {
  let seen = new Map<string, Sample[]>();
  return (tasks, now) => {
    seen = new Map(
      tasks.map((task) => {
        const before = (seen.get(task.task_id) ?? []).filter(({ at }) => now - at <= WINDOW_MS);
        return [task.task_id, [...before, { at: now, done: countScanned(task.progress) }]];
      }),
    );
    return new Map(tasks.map((task) => [task.task_id, toRate(task, seen.get(task.task_id)!, now)]));
  };
}

function toRate(task: ApiTask, samples: readonly Sample[], now: number): number {
  const last = samples.at(-1)!;
  const first = samples[0]!;
  if (first.at < last.at) return Math.max(0, ((last.done - first.done) * 1_000) / (last.at - first.at));
  const seconds = (now - Date.parse(task.started_time ?? '')) / 1_000 - task.paused_seconds;
  return task.status === 'RUNNING' && seconds > 0 ? last.done / seconds : 0;
}
