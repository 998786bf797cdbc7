import { BUCKET_OF_STATUS, NO_TOUCHED, type SubTask, type TouchedCounts } from '@cyberstroll/contracts';
import {
  addSubTaskChange,
  decideSubTask,
  decideTaskTransitions,
  isHoldOver,
  noDelta,
  type SubTaskDecision,
  toEndHold,
} from '../../src';

/** What the models run: the functions that the services call. A mutant replaces one of them. */
export interface Decisions {
  decideSubTask: typeof decideSubTask;
  /** What a decision adds to the counters. */
  count: (before: SubTask | undefined, decision: SubTaskDecision) => TouchedCounts;
  /** What a decision adds to the retries that the hold of the task's end waits for. */
  countReopened: (before: SubTask | undefined, decision: SubTaskDecision) => number;
  decideTaskTransitions: typeof decideTaskTransitions;
  toEndHold: typeof toEndHold;
  isHoldOver: typeof isHoldOver;
  /** Whether a task is written, if what was read of it is still so. The guard of the store, and no function of it. */
  mayWrite: (read: { isTaskAsRead: boolean; areCountersAsRead: boolean; isEnd: boolean }) => boolean;
  /** Whether an ended task is settled. As `settleTasks` of the store has it. */
  maySettle: (openCount: number) => boolean;
}

export const REAL: Decisions = {
  decideSubTask,
  count: (before, decision) => toDelta(before, decision).counts,
  countReopened: (before, decision) => toDelta(before, decision).stats.reopened,
  decideTaskTransitions,
  toEndHold,
  isHoldOver,
  mayWrite: ({ isTaskAsRead, areCountersAsRead, isEnd }) => isTaskAsRead && (!isEnd || areCountersAsRead),
  maySettle: (openCount) => openCount === 0,
};

function toDelta(before: SubTask | undefined, decision: SubTaskDecision) {
  const delta = noDelta();
  if (decision.next) addSubTaskChange(delta, before, decision.next, decision);
  return delta;
}

/** The counters of one subtask alone. */
export const countOf = (subTask: SubTask | undefined): TouchedCounts => {
  const bucket = BUCKET_OF_STATUS[subTask?.status ?? 'PENDING'];
  return { ...NO_TOUCHED, ...(bucket !== 'pending_count' && { [bucket]: 1 }) };
};
