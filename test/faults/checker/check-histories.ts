import { type SubTask, toSubTaskId } from '@cyberstroll/contracts';
import { isClosedSubTask, type SubTaskStatus, subTaskTable } from '@cyberstroll/state-machine';
import type { Invariant, TaskDump, Violation } from './evidence';

/** What only the node that holds an attempt reports. */
const HOLDERS_STEPS: readonly SubTaskStatus[] = ['ASSIGNED', 'SCANNING', 'COMPLETED'];

/**
 * I3 final once, I4 legal path, I7 fence, for each document; and I4 that each is a place of the task's target set,
 * once.
 */
export function checkHistories({ task, total, subTasks }: TaskDump): Violation[] {
  const places = new Set<number>();
  const addresses = new Set<string>();
  return subTasks.flatMap((subTask) => {
    const { index, ip, subtask_id } = subTask;
    const violations = checkHistory(subTask);
    const isPlace = index < total && subtask_id === toSubTaskId(task.task_id, index);
    if (!isPlace || places.has(index) || addresses.has(ip)) {
      violations.push({ invariant: 'I4', where: subtask_id, what: `no place of its own: index ${index}, ${ip}` });
    }
    places.add(index);
    addresses.add(ip);
    return violations;
  });
}

function checkHistory({ subtask_id, status, attempt, status_history, assigned_node }: SubTask): Violation[] {
  const violations: Violation[] = [];
  const path = status_history.map((entry) => `${entry.status}/${entry.attempt}/${entry.operator}`).join(' ');
  const found = (invariant: Invariant, what: string) =>
    violations.push({ invariant, where: subtask_id, what: `${what} (${path})` });

  let at: SubTaskStatus = 'PENDING';
  let attemptNow = 1;
  const closed = new Set<number>();
  const holders = new Map<number, string>();
  for (const entry of status_history) {
    // What came before was folded into it, and cannot be followed.
    if (entry.folded !== undefined) {
      attemptNow = entry.attempt;
      at = entry.status;
      continue;
    }
    if (!subTaskTable.allowedStatuses(at).includes(entry.status)) found('I4', `${at} to ${entry.status} is no arrow`);
    if (entry.status === 'RETRYING') attemptNow += 1;
    else if (isClosedSubTask(at)) found('I3', `${at} changed without a retry`);
    if (entry.attempt !== attemptNow) found('I4', `${entry.status} is of attempt ${entry.attempt}, not ${attemptNow}`);
    if (isClosedSubTask(entry.status)) {
      if (closed.has(entry.attempt)) found('I3', `attempt ${entry.attempt} closed twice`);
      closed.add(entry.attempt);
    }
    if (HOLDERS_STEPS.includes(entry.status)) {
      const holder = holders.get(entry.attempt) ?? entry.operator;
      holders.set(entry.attempt, holder);
      if (holder !== entry.operator)
        found('I7', `attempt ${entry.attempt} of ${holder} was moved by ${entry.operator}`);
    }
    at = entry.status;
  }
  if (at !== status) found('I4', `it is ${status}`);
  if (attempt !== attemptNow) found('I4', `it is at attempt ${attempt}`);
  const holder = holders.get(attempt);
  if (holder !== undefined && assigned_node !== undefined && holder !== assigned_node) {
    found('I7', `attempt ${attempt} is ${assigned_node}'s`);
  }
  return violations;
}
