import type { EventFacts, SubTaskTransition } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';

interface Group {
  status: SubTaskStatus;
  facts: EventFacts & Required<Pick<EventFacts, 'task_id' | 'subtasks'>>;
}

/** The events of a batch: one per task and status that subtasks entered. */
export function groupTransitions(steps: readonly SubTaskTransition[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { task_id, status, subtask_id, ip, attempt, node_id, open_ports = 0 } of steps) {
    const key = `${task_id} ${status}`;
    let group = groups.get(key);
    if (!group) {
      group = { status, facts: { task_id, subtasks: [] } };
      groups.set(key, group);
    }
    group.facts.subtasks.push({
      ...{ subtask_id, ip, attempt },
      ...(node_id !== undefined && { node_id }),
      ...(open_ports > 0 && { open_ports }),
    });
  }
  return [...groups.values()];
}
