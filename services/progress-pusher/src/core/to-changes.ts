import { type Event, parseSubTaskId } from '@cyberstroll/contracts';
import { type Change, GRID_STATUSES, type GridStatus } from '@cyberstroll/grid';

/** The statuses that events of subtasks name. A PENDING one says that a job was sent again: nothing has changed. */
const STATUSES = new Map<string, GridStatus>(
  GRID_STATUSES.filter((status) => status !== 'PENDING').map((status) => [`subtask.${status.toLowerCase()}`, status]),
);

/** The changes of cells that an event of `cs.events` reports. None for an event of another kind. */
export function toChanges({
  type,
  subtasks = [],
  previous_status: left,
}: Pick<Event, 'type' | 'subtasks' | 'previous_status'>): Change[] {
  const status = STATUSES.get(type);
  if (status === undefined) return [];
  const previous_status = GRID_STATUSES.find((known) => known === left);
  return subtasks.flatMap(({ subtask_id, attempt, node_id: node, open_ports = 0 }) => {
    const id = parseSubTaskId(subtask_id);
    return id ? [{ index: id.index, previous_status, status, attempt, node, has_open_ports: open_ports > 0 }] : [];
  });
}
