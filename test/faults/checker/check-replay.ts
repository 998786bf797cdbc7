import type { Evidence, Violation } from './evidence';
import { hashOutcome, toOutcome } from './hash-outcome';

/** I8: all updates once more, in any order, leave every task as it was. */
export function checkReplay({ tasks, replayed = [] }: Evidence): Violation[] {
  const violations: Violation[] = [];
  for (const after of replayed) {
    const { task_id } = after.task;
    const before = tasks.find(({ task }) => task.task_id === task_id);
    if (!before || hashOutcome(before) === hashOutcome(after)) continue;
    const outcomes = new Map(before.subTasks.map((subTask) => [subTask.subtask_id, toOutcome(subTask)]));
    const changed = after.subTasks.filter((subTask) => outcomes.get(subTask.subtask_id) !== toOutcome(subTask));
    const [first] = changed;
    const what = first
      ? `a replay changed ${changed.length} subtasks: ${outcomes.get(first.subtask_id)} became ${toOutcome(first)}`
      : `a replay changed ${JSON.stringify([before.task.status, before.counters])} to ` +
        `${JSON.stringify([after.task.status, after.counters])}`;
    violations.push({ invariant: 'I8', where: task_id, what });
  }
  return violations;
}
