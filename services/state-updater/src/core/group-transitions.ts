import type { EventFacts, SubTaskTransition } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';

interface Group {
  status: SubTaskStatus;
  facts: EventFacts & Required<Pick<EventFacts, 'task_id' | 'subtasks'>>;
}

/** The events of a batch: one per task, status that subtasks left, and status that they entered. */
export function groupTransitions(transitions: readonly SubTaskTransition[]): Group[] {
  const byTask = new Map<string, Group[]>();
  for (const { task_id, previous_status, status, subtask_id, ip, attempt, node_id, open_ports = 0 } of transitions) {
    const groups = byTask.get(task_id) ?? [];
    byTask.set(task_id, groups);
    let group = groups.find((each) => each.status === status && each.facts.previous_status === previous_status);
    if (!group) {
      group = { status, facts: { task_id, previous_status, subtasks: [] } };
      groups.push(group);
    }
    const subTask: Group['facts']['subtasks'][number] =
      node_id === undefined ? { subtask_id, ip, attempt } : { subtask_id, ip, attempt, node_id };
    if (open_ports > 0) subTask.open_ports = open_ports;
    group.facts.subtasks.push(subTask);
  }
  return [...byTask.values()].flat();
}
