import type { StateRule } from '@cyberstroll/contracts';

/** How one subject stands under one rule. */
export interface AlertReading {
  rule: StateRule;
  subject: string;
  value: number;
  /** It is raised at this value, … */
  threshold: number;
  /** … once it has stood there for so long. */
  forMs: number;
  /** In words, with the numbers. */
  summary: string;
}

/** When alerts are raised. */
export interface AlertLimits {
  failureRate: { share: number; minClosed: number; forMs: number };
  /** `limitSeconds` 0: none but the task's own. `stillSeconds` and a subtask's time are what a task may take to its first result. */
  overlong: { ratio: number; limitSeconds: number; stillSeconds: number; forMs: number };
  nodeSilent: { afterMs: number };
  /** `updates` and `jobs` are messages, `lag` is seconds that updates wait. */
  backlog: { updates: number; jobs: number; lag: number; forMs: number };
}
