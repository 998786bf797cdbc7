import { countClosed } from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import type { TaskDump, Violation } from './evidence';

/**
 * I12: a task ends once, exactly when all its subtasks are closed; I4 for its own history. Use it only for a task with
 * nothing on its way.
 */
export function checkTaskEnd({ task, total, counters, subTasks }: TaskDump): Violation[] {
  const violations: Violation[] = [];
  const found = (invariant: 'I4' | 'I12', what: string) => violations.push({ invariant, where: task.task_id, what });
  const statuses = task.status_history.map(({ status }) => status);
  const path = statuses.join(' ');
  for (const [i, to] of statuses.entries()) {
    const from: TaskStatus | undefined = statuses[i - 1];
    if (from === undefined || task.status_history[i]!.folded !== undefined) continue;
    if (isEndedTask(from) && isEndedTask(to)) found('I12', `ended twice: ${path}`);
    else if (!taskTable.allowedStatuses(from).includes(to)) found('I4', `${from} to ${to} is no arrow: ${path}`);
  }
  if (statuses.at(-1) !== task.status) found('I4', `the task is ${task.status}: ${path}`);

  const open = subTasks.filter(({ status }) => !isClosedSubTask(status)).length;
  if (task.status === 'COMPLETED' && subTasks.length - open < total) {
    found('I12', `COMPLETED while ${total - subTasks.length + open} of ${total} do not rest`);
  } else if (isEndedTask(task.status) && open > 0) {
    found('I12', `${task.status} while ${open} are open`);
  }
  if (!isEndedTask(task.status) && countClosed(counters) === total) found('I12', `${task.status} while all rest`);
  return violations;
}
