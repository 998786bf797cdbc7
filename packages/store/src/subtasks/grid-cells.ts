/**
 * The subtasks of a task as the grid shows them: many small facts, read from one index that holds them all. No document
 * is read. The server groups subtasks that are alike, so that an answer is little more than a list of indexes.
 */
import type { SubTask } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Database } from '../mongodb/database';

/** Subtasks that are alike. `attempt` and `node` are left out unless they were asked for. */
export interface GridGroup extends Pick<SubTask, 'status'> {
  attempt?: number;
  node?: string;
  has_open_ports: boolean;
  indexes: number[];
}

export interface GridQuery {
  /** All indexes of a range, or just these ones. */
  indexes: { first: number; last: number } | readonly number[];
  /** Groups by attempt and node, too. */
  inDetail: boolean;
}

/** The most subtasks that are read. */
export const MAX_GRID_SUBTASKS = 1_048_576;
/** Its client has its answer then, 503. */
const WITHIN_MS = 10_000;
/** Indexes of one group, so that none is too large for a document. */
const SLICE = 65_536;

interface Grouped {
  _id: Pick<SubTask, 'status'> & Partial<Pick<SubTask, 'attempt' | 'assigned_node' | 'has_open_ports'>>;
  indexes: number[];
}

export function toGridPipeline(taskId: string, { indexes, inDetail }: GridQuery, most = MAX_GRID_SUBTASKS): object[] {
  const index =
    'first' in indexes ? { $gte: indexes.first, $lte: indexes.last } : { $in: [...indexes].sort((a, b) => a - b) };
  return [
    { $match: { task_id: taskId, index } },
    { $limit: most + 1 },
    {
      $group: {
        _id: {
          ...{ status: '$status', has_open_ports: '$has_open_ports' },
          ...(inDetail && { attempt: '$attempt', assigned_node: '$assigned_node' }),
          slice: { $floor: { $divide: ['$index', SLICE] } },
        },
        indexes: { $push: '$index' },
      },
    },
  ];
}

/** The subtasks of a task that have a document. Rejects with AppError `invalid` `grid_too_large`. */
export async function findGridGroups(
  db: Database,
  taskId: string,
  query: GridQuery,
  most = MAX_GRID_SUBTASKS,
): Promise<GridGroup[]> {
  const pipeline = toGridPipeline(taskId, query, most);
  const groups = await db.subTasks.aggregate<Grouped>(pipeline, { maxTimeMS: WITHIN_MS }).toArray();
  const found = groups.reduce((sum, { indexes }) => sum + indexes.length, 0);
  if (found > most) throw new AppError('grid_too_large', { detail: `more than ${most} subtasks have been touched` });
  return groups.map(({ _id: { status, attempt, assigned_node, has_open_ports = false }, indexes }) => ({
    ...{ status, has_open_ports, indexes },
    ...(attempt !== undefined && { attempt }),
    ...(assigned_node !== undefined && { node: assigned_node }),
  }));
}
