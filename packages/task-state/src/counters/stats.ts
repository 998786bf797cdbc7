import type { TouchedCounts } from '@cyberstroll/contracts';
import type { ScanTimes } from '../task-clock';

/** What is added up for a task since its beginning. */
export interface TaskStats {
  /** The number of completed subtasks with plausible times, and the seconds that their scans took. */
  executions: number;
  execution_seconds: number;
  retries: number;
  /** Retries of failed subtasks, which operators alone order. An automatic retry is a part of the failure. */
  reopened: number;
  node_losses: number;
  open_ports: number;
  errors: number;
  /** The number of applied updates, and the seconds from their sending to their receipt. */
  updates: number;
  update_lag_seconds: number;
}

export const NO_STATS: TaskStats = {
  executions: 0,
  execution_seconds: 0,
  retries: 0,
  reopened: 0,
  node_losses: 0,
  open_ports: 0,
  errors: 0,
  updates: 0,
  update_lag_seconds: 0,
};

/** What one writer has counted of one task. A count that never moved is absent. */
export interface CounterShard extends ScanTimes {
  /** Rises with each batch that touched the task. */
  seq: number;
  counts?: TouchedCounts;
  stats?: TaskStats;
  error_codes?: Record<string, number>;
  /** How many subtasks were reassigned, by cause. */
  reassigned?: Record<string, number>;
  last_error?: string;
  last_error_time?: Date;
}
