import type { EventFacts, SubTaskTransition } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';

interface Group {
  status: SubTaskStatus;
  facts: EventFacts & Required<Pick<EventFacts, 'task_id' | 'subtasks'>>;
}

/** The events of a batch: one per task, status that subtasks left, and status that they entered. */
export function groupTransitions(transitions: readonly SubTaskTransition[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { task_id, previous_status, status, subtask_id, ip, attempt, node_id, open_ports = 0 } of transitions) {
    const key = `${task_id} ${previous_status} ${status}`;
    let group = groups.get(key);
    if (!group) {
      group = { status, facts: { task_id, previous_status, subtasks: [] } };
      groups.set(key, group);
    }
    const subTask: Group['facts']['subtasks'][number] = { subtask_id, ip, attempt };
    if (node_id !== undefined) subTask.node_id = node_id;
    if (open_ports > 0) subTask.open_ports = open_ports;
    group.facts.subtasks.push(subTask);
  }
  return [...groups.values()];
}
