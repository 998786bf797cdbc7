import type { SubTask } from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { Evidence, TaskDump, Violation } from './evidence';

/** How long after the last fault a task may take to end; checked where the machine is timed. */
const LIVE_WITHIN_MS = 60_000;

/** I11: every task that is not paused ends in time; until then, nothing is with nobody. */
export function checkLive({ tasks, midway = [], calm, isTimed }: Evidence): Violation[] {
  const late = tasks.flatMap(({ task }): Violation[] => {
    if (task.status === 'PAUSED') return [];
    const isOver = isEndedTask(task.status) && task.settled;
    const state = `${task.status}${task.settled ? '' : ' and not settled'}`;
    if (!calm || !isTimed)
      return isOver ? [] : [{ invariant: 'I11', where: task.task_id, what: `${state} after all this time` }];
    const tookMs = (isOver ? (task.status_history.at(-1)?.timestamp.getTime() ?? calm.since) : calm.until) - calm.since;
    if (tookMs <= LIVE_WITHIN_MS) return [];
    const what = `${state}, ${Math.round(tookMs / 1_000)} s after the last fault`;
    return [{ invariant: 'I11', where: task.task_id, what }];
  });
  return [...late, ...[...tasks, ...midway].flatMap(checkHolders)];
}

/**
 * Each subtask of an open task is held under a lease with a deadline, waits until its retry is due, or is in the
 * dispatch ledger. Subtasks that were not sent out are the dispatcher's.
 */
function checkHolders({ task, chunks, subTasks }: TaskDump): Violation[] {
  if (isEndedTask(task.status)) return [];
  const violations: Violation[] = subTasks.filter(isGone).map(({ subtask_id, status, attempt }) => {
    return { invariant: 'I11', where: subtask_id, what: `${status}, attempt ${attempt}, is with nobody` };
  });
  const known = new Set(subTasks.map(({ index }) => index));
  for (const { first_index, count, settled } of chunks) {
    for (let index = first_index; !settled && index < first_index + count; index++) known.add(index);
  }
  const missing = Array.from({ length: task.cursor }, (_, index) => index).filter((index) => !known.has(index));
  if (missing.length > 0) {
    const what = `${missing.length} were sent out and are in no chunk, the first is ${missing[0]}`;
    violations.push({ invariant: 'I11', where: task.task_id, what });
  }
  return violations;
}

function isGone({ status, assigned_node, lease_id, deadline, retry_due_time }: SubTask): boolean {
  const isHeld = assigned_node !== undefined && lease_id !== undefined && deadline !== undefined;
  if (status === 'RETRYING') return !isHeld && retry_due_time === undefined;
  return (status === 'ASSIGNED' || status === 'SCANNING') && !isHeld;
}
