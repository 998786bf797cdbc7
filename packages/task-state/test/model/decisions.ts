import { BUCKET_OF_STATUS, NO_TOUCHED, type SubTask, type TouchedCounts } from '@cyberstroll/contracts';
import {
  addSubTaskChange,
  decideSubTask,
  decideTaskTransitions,
  isHoldOver,
  noDelta,
  type SubTaskDecision,
} from '../../src';

/** What the models run: the functions that the services call. A mutant replaces one of them. */
export interface Decisions {
  decideSubTask: typeof decideSubTask;
  /** What a decision adds to the counters. */
  count: (before: SubTask | undefined, decision: SubTaskDecision) => TouchedCounts;
  decideTaskTransitions: typeof decideTaskTransitions;
  isHoldOver: typeof isHoldOver;
  /** Whether a task is written, if what was read of it is still so. The guard of the store, and no function of it. */
  mayWrite: (read: { isTaskAsRead: boolean; areCountersAsRead: boolean; isEnd: boolean }) => boolean;
  /** Whether an ended task is settled. As `settleTasks` of the store has it. */
  maySettle: (openCount: number) => boolean;
}

export const REAL: Decisions = {
  decideSubTask,
  count(before, decision) {
    const delta = noDelta();
    if (decision.next) addSubTaskChange(delta, before, decision.next, decision);
    return delta.counts;
  },
  decideTaskTransitions,
  isHoldOver,
  mayWrite: ({ isTaskAsRead, areCountersAsRead, isEnd }) => isTaskAsRead && (!isEnd || areCountersAsRead),
  maySettle: (openCount) => openCount === 0,
};

/** The counters of one subtask alone. */
export const countOf = (subTask: SubTask | undefined): TouchedCounts => {
  const bucket = BUCKET_OF_STATUS[subTask?.status ?? 'PENDING'];
  return { ...NO_TOUCHED, ...(bucket !== 'pending_count' && { [bucket]: 1 }) };
};
