/** The decisions with one protection taken out. Each must lead to a violation, or the models would show little. */
import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import {
  decideSubTask,
  decideTaskTransitions,
  type SubTaskCase,
  type SubTaskDecision,
  type TaskStanding,
  toEndHold,
} from '../../src';
import { countOf, type Decisions, REAL } from './decisions';

/** Decides about something else than what is the case. */
const seeing = (change: (given: SubTaskCase) => Partial<SubTaskCase>): Partial<Decisions> => ({
  decideSubTask: (given) => decideSubTask({ ...given, ...change(given) }),
});
/** Reads an update as if it said something else. */
const reading = (change: (update: SubTaskUpdate, given: SubTaskCase) => Partial<SubTaskUpdate>): Partial<Decisions> =>
  seeing((given) => ({
    updates: given.updates.map((incoming) => ({
      ...incoming,
      update: { ...incoming.update, ...change(incoming.update, given) },
    })),
  }));
/** Decides something else. */
const deciding = (change: (decision: SubTaskDecision, given: SubTaskCase) => void): Partial<Decisions> => ({
  decideSubTask(given) {
    const decision = decideSubTask(given);
    change(decision, given);
    return decision;
  },
});
const rollingUp = (change: (standing: TaskStanding) => Partial<TaskStanding>): Partial<Decisions> => ({
  decideTaskTransitions: (standing) => decideTaskTransitions({ ...standing, ...change(standing) }),
});

const END_DOES_NOT_FENCE = seeing(({ task }) => ({ task: { ...task, status: 'RUNNING' } }));
const DUPLICATE_COUNTS: Partial<Decisions> = {
  count: (before, decision) =>
    decision.results[0]?.outcome === 'duplicate' ? countOf(before) : REAL.count(before, decision),
};

export const SUBTASK_MUTANTS = {
  'no check of the lease': reading(({ status }, { current }) =>
    current?.lease_id !== undefined && status !== 'RETRYING' ? { lease_id: current.lease_id } : {},
  ),
  'no check of the attempt': reading((_, { current }) => ({ attempt: current?.attempt ?? 1 })),
  'a late result of an older attempt counts': reading(({ status, attempt, lease_id }, { current }) =>
    current && status === 'COMPLETED' && attempt < current.attempt
      ? { attempt: current.attempt, lease_id: current.lease_id ?? lease_id }
      : {},
  ),
  'a closed subtask may change': seeing(({ current }) =>
    current && isClosedSubTask(current.status) ? { current: { ...current, status: 'SCANNING' } } : {},
  ),
  'the end of the task does not fence': END_DOES_NOT_FENCE,
  'a duplicate counts again': DUPLICATE_COUNTS,
  'more retries than allowed': seeing(({ task, current }) => ({
    task: { ...task, config: { ...task.config, max_retries: 9 } },
    current: current && { ...current, max_retries: 9 },
  })),
  'a lost node costs a retry': deciding(({ next }, { updates: [incoming] }) => {
    if (next?.status === 'RETRYING' && incoming?.update.error_info?.error_code === 'NODE_LOST') next.retry_count++;
  }),
  'a report of what was never sent counts': seeing(({ sent, now }) => ({ sent: sent ?? now })),
  'a late report of a node is an error': deciding(({ results }, { updates: [incoming] }) => {
    if (results[0]?.outcome !== 'stale' || incoming?.sender.operator !== undefined) return;
    results[0] = { outcome: 'rejected', reason: 'illegal_transition', detail: '' };
  }),
  'a retry keeps the lease': deciding(({ next }, { current }) => {
    if (next?.status === 'RETRYING' && current?.lease_id !== undefined) next.lease_id = current.lease_id;
  }),
  'a claim has no deadline': deciding(({ next }) => delete next?.deadline),
  'a retry cannot be claimed': deciding((decision, { current, updates: [incoming] }) => {
    if (current?.status !== 'RETRYING' || incoming?.sender.operator !== undefined) return;
    Object.assign(decision, { results: [{ outcome: 'stale' }], next: undefined, steps: [] });
  }),
} satisfies Record<string, Partial<Decisions>>;

export const TASK_MUTANTS = {
  'a roll-up writes what it decided before others wrote': { mayWrite: () => true },
  'the revision alone guards an end': { mayWrite: ({ isTaskAsRead }) => isTaskAsRead },
  'a task ends before its last subtask': rollingUp(({ total }) => ({ total: total - 1 })),
  'a task ends in spite of a retry on its way': rollingUp(({ task: { end_hold: _, ...task } }) => ({ task })),
  'a retry of one subtask holds the end of an ended task alone': {
    toEndHold: (task, order) => (!isEndedTask(task.status) ? undefined : toEndHold(task, order)),
  },
  'any change of a subtask ends the hold': { countReopened: (_, { next }) => (next ? 1 : 0) },
  'a task ends in spite of a retry of all': rollingUp(({ task: { retry_all: _, ...task } }) => ({ task })),
  'a task with a time-out never ends': rollingUp(({ touched }) => (touched.timeout_count > 0 ? { total: 9 } : {})),
  'the end of a hold calls for no roll-up': { isHoldOver: () => false },
  'a running task is queued again': {
    decideTaskTransitions: (standing) =>
      standing.task.status === 'RUNNING' ? [{ status: 'QUEUED', reason: '' }] : decideTaskTransitions(standing),
  },
  'a task is settled with open subtasks': { maySettle: () => true },
  'the end of the task does not fence': END_DOES_NOT_FENCE,
  'a duplicate counts again': DUPLICATE_COUNTS,
} satisfies Record<string, Partial<Decisions>>;
