import { RUN_OUTCOMES, type RunOutcome } from '@cyberstroll/contracts';
import { Counter, Gauge, type Registry } from '@cyberstroll/runtime';

export type ScheduleMetrics = ReturnType<typeof createScheduleMetrics>;

export function createScheduleMetrics(registry: Registry) {
  const registers = [registry];
  const runs = new Counter({
    name: 'cyberstroll_schedule_runs_total',
    help: 'Runs of schedules, by what became of them; missed ones in a row count as one',
    labelNames: ['outcome'],
    registers,
  });
  const lateness = new Gauge({
    name: 'cyberstroll_schedule_lateness_seconds',
    help: 'Of the newest run: seconds from when it was due until its task was created',
    registers,
  });
  for (const outcome of RUN_OUTCOMES) if (outcome !== 'waiting') runs.inc({ outcome }, 0);
  return {
    count: (outcome: RunOutcome): void => runs.inc({ outcome }),
    noteLateness: (seconds: number): void => lateness.set(Math.max(0, seconds)),
  };
}
