import type { ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import { type FindingName, toStrandedUpdates } from '@cyberstroll/task-state';
import { type RollUpSweepDeps, rollUp } from './roll-up';

export interface RepairDeps extends RollUpSweepDeps {
  store: Pick<Store, 'tasks' | 'audit'>;
  updates: ServiceUpdateSender;
  /** Subtasks that one transaction counts, or one query reads. */
  maxSubTasks: number;
}

const MAX_STRANDED = 5_000;

type Repair = (deps: RepairDeps, taskId: string, now: Date) => Promise<unknown>;

/**
 * How the findings of a task are corrected: the component that does the same in any run does it again. Counters were
 * corrected in the transaction that read them; the roll-up shows the correction.
 */
export const REPAIRS: Partial<Record<FindingName, Repair>> = {
  counter_drift: rollUp,
  task_not_ended: rollUp,
  progress_lag: rollUp,
  open_in_ended_task: ({ store }, taskId) => store.audit.unsettleTask(taskId),
  missing_targets: ({ store }, taskId) => store.audit.mendLedger(taskId),
  stranded_subtasks: failStranded,
};

/**
 * By a service update: if a node still reports the subtask, the attempt or the lease differs, and one of the two
 * updates is stale.
 */
async function failStranded({ store, updates, maxSubTasks }: RepairDeps, taskId: string, now: Date): Promise<void> {
  const stranded = await store.audit.findStranded(taskId, { limit: MAX_STRANDED, maxSubTasks });
  await updates.send(toStrandedUpdates(stranded, now), now);
}
