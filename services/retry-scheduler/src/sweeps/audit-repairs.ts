import type { UpdateSender } from '@cyberstroll/messaging';
import { type FindingName, toStrandedUpdates } from '@cyberstroll/task-state';
import { type RollUpDeps, rollUp } from './roll-up-once';

export interface RepairDeps extends RollUpDeps {
  updates: UpdateSender;
  /** Subtasks that one transaction counts, or one query looks at. */
  maxSubTasks: number;
}

const MAX_STRANDED = 5_000;

type Repair = (deps: RepairDeps, taskId: string, now: Date) => Promise<unknown>;

/**
 * How what was found of a task is put right: by giving it back to whoever does that in any run. Counters were put right where
 * they were read; their roll-up shows it.
 */
export const REPAIRS: Partial<Record<FindingName, Repair>> = {
  counter_drift: rollUp,
  task_not_ended: rollUp,
  progress_lag: rollUp,
  open_in_ended_task: ({ store }, taskId) => store.audit.unsettleTask(taskId),
  missing_targets: ({ store }, taskId) => store.audit.mendLedger(taskId),
  stranded_subtasks: failStranded,
};

/** By an update like any other: where an owner turns up after all, the attempt or the lease is another, and it is stale. */
async function failStranded({ store, updates, maxSubTasks }: RepairDeps, taskId: string, now: Date): Promise<void> {
  const stranded = await store.audit.findStranded(taskId, { limit: MAX_STRANDED, maxSubTasks });
  await updates.send(toStrandedUpdates(stranded, now), now);
}
