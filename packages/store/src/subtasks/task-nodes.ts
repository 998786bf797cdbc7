import {
  MAX_TASK_NODES,
  TASK_NODE_RATE_SECONDS,
  type Task,
  type TaskNode,
  type TaskNodes,
} from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { indexRange } from '../mongodb/models/subtask-object-id';

/** Subtasks that are counted, at most: of more, stretches that lie evenly in the part that was sent out. */
const MAX_COUNTED = 20_000;
const STRETCHES = 20;

interface Group {
  _id: { node?: string | null; status: string };
  count: number;
  recent: number;
}
type Sums = Pick<TaskNode, 'held' | 'completed' | 'failed'> & { recent: number };

/**
 * What each node does for a task. It is counted when it is asked for: no update writes a counter for it. The cost does
 * not grow with the task: a large one is sampled.
 */
export async function findTaskNodes(
  db: Database,
  { task_id, cursor }: Pick<Task, 'task_id' | 'cursor'>,
  now: Date,
  maxCounted = MAX_COUNTED,
): Promise<TaskNodes> {
  const stretches = toSample(cursor, maxCounted);
  const since = new Date(now.getTime() - TASK_NODE_RATE_SECONDS * 1_000);
  const group = {
    _id: { node: '$assigned_node', status: '$status' },
    count: { $sum: 1 },
    recent: { $sum: { $cond: [{ $gte: ['$completed_time', since] }, 1, 0] } },
  };
  const [held, ...counted] = await Promise.all([
    countHeld(db, task_id),
    ...stretches.map(({ first, end }) =>
      db.subTasks
        .aggregate<Group>([{ $match: { _id: indexRange(task_id, first, end - 1) } }, { $group: group }])
        .toArray(),
    ),
  ]);
  const sums = new Map<string, Sums>();
  const sumsOf = (node: string) => {
    const known = sums.get(node) ?? { held: 0, completed: 0, failed: 0, recent: 0 };
    sums.set(node, known);
    return known;
  };
  for (const { _id: node, count } of held) sumsOf(node).held = count;
  for (const { _id, count, recent } of counted.flat()) {
    if (typeof _id.node !== 'string') continue;
    if (_id.status === 'COMPLETED') {
      sumsOf(_id.node).completed += count;
      sumsOf(_id.node).recent += recent;
    }
    if (_id.status === 'FAILED' || _id.status === 'TIMEOUT') sumsOf(_id.node).failed += count;
  }
  const sampled = cursor > maxCounted;
  return {
    task_id,
    sampled,
    counted: stretches.reduce((sum, { first, end }) => sum + end - first, 0),
    total: cursor,
    items: toItems(sums, sampled),
  };
}

/** At most as many as all nodes have slots. */
const countHeld = (db: Database, task_id: string) =>
  db.subTasks
    .aggregate<{ _id: string; count: number }>([
      { $match: { task_id, status: { $in: ['ASSIGNED', 'SCANNING'] } } },
      { $group: { _id: '$assigned_node', count: { $sum: 1 } } },
    ])
    .toArray();

function toItems(sums: ReadonlyMap<string, Sums>, sampled: boolean): TaskNode[] {
  const closed = [...sums.values()].reduce((sum, { completed, failed }) => sum + completed + failed, 0);
  return [...sums]
    .map(([node_id, { recent, ...counts }]): TaskNode => {
      const own = counts.completed + counts.failed;
      return {
        node_id,
        ...counts,
        share: closed === 0 ? 0 : own / closed,
        failure_rate: own === 0 ? null : counts.failed / own,
        rate: sampled ? null : recent / TASK_NODE_RATE_SECONDS,
      };
    })
    .sort((a, b) => b.share - a.share || b.held - a.held || (a.node_id < b.node_id ? -1 : 1))
    .slice(0, MAX_TASK_NODES);
}

/** The whole part of the task that was sent out, or stretches of it. */
function toSample(cursor: number, maxCounted: number): { first: number; end: number }[] {
  if (cursor === 0) return [];
  if (cursor <= maxCounted) return [{ first: 0, end: cursor }];
  const length = Math.floor(maxCounted / STRETCHES);
  return Array.from({ length: STRETCHES }, (_, at) => {
    const first = Math.floor((at * (cursor - length)) / (STRETCHES - 1));
    return { first, end: first + length };
  });
}
