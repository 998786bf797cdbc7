/**
 * The subtasks of a task as the grid shows them: many small facts. The server groups subtasks that are alike, so that
 * an answer is little more than a list of indexes. A few are read by `_id`, where those of neighbouring indexes lie
 * together; for many, one index holds all the facts, and no document is read.
 */
import type { SubTask } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { indexRange, toSubTaskIndex, toSubTaskObjectId } from '../mongodb/models/subtask-object-id';

/** Subtasks that are alike. `attempt` and `node` are left out unless they were asked for. */
export interface GridGroup extends Pick<SubTask, 'status'> {
  attempt?: number;
  node?: string;
  has_open_ports: boolean;
  indexes: number[];
}

export interface GridQuery {
  /** All indexes of a range, or just these ones: some ten thousands, so that their groups fit into one answer. */
  indexes: { first: number; last: number } | readonly number[];
  /** Groups by attempt and node, too. */
  inDetail: boolean;
}

const MAX_INDEX = 0xffff_ffff;
const NEAR = 256;
/** The most that are read by `_id`. */
const FEW = 32_768;
/** Its client has its answer then, 503. */
const WITHIN_MS = 10_000;

/** A field that a document lacks is null where an index answers for it, and absent where the document does. */
interface Grouped {
  _id: Pick<SubTask, 'status'> & {
    attempt?: number | null;
    assigned_node?: string | null;
    has_open_ports?: boolean | null;
  };
  indexes: number[];
}

export function toGridPipeline(taskId: string, { indexes, inDetail }: GridQuery): object[] {
  return [
    { $match: toMatch(taskId, indexes) },
    {
      $group: {
        _id: {
          status: '$status',
          has_open_ports: '$has_open_ports',
          ...(inDetail && { attempt: '$attempt', assigned_node: '$assigned_node' }),
        },
        indexes: { $push: '$index' },
      },
    },
  ];
}

function toMatch(taskId: string, indexes: GridQuery['indexes']): object {
  if (!('first' in indexes)) {
    const sorted = [...indexes].sort((a, b) => a - b);
    if (sorted.length > FEW) return { task_id: taskId, index: { $in: sorted } };
    return { _id: { $in: sorted.map((index) => toSubTaskObjectId(taskId, index)) } };
  }
  const { first, last } = indexes;
  if (last - first < FEW) return { _id: indexRange(taskId, first, last) };
  return { task_id: taskId, index: { $gte: first, $lte: last } };
}

/** The subtasks of a task that have a document. */
export async function findGridGroups(db: Database, taskId: string, query: GridQuery): Promise<GridGroup[]> {
  const pipeline = toGridPipeline(taskId, query);
  const groups = await db.subTasks.aggregate<Grouped>(pipeline, { maxTimeMS: WITHIN_MS }).toArray();
  return groups.map(({ _id: { status, attempt, assigned_node, has_open_ports }, indexes }) => ({
    status,
    has_open_ports: has_open_ports === true,
    indexes,
    ...(typeof attempt === 'number' && { attempt }),
    ...(typeof assigned_node === 'string' && { node: assigned_node }),
  }));
}

/** The first index from `first` on that has a document; undefined if none has. */
export async function findNextTouched(db: Database, taskId: string, first: number): Promise<number | undefined> {
  const options = { projection: { _id: 1 }, sort: { _id: 1 }, maxTimeMS: WITHIN_MS } as const;
  // It is most likely near: then not many are sorted.
  for (const [from, to] of [[first, first + NEAR - 1] as const, [first + NEAR, MAX_INDEX] as const]) {
    const found =
      from <= MAX_INDEX ? await db.subTasks.findOne({ _id: indexRange(taskId, from, to) }, options) : undefined;
    if (found) return toSubTaskIndex(found._id);
  }
  return undefined;
}
