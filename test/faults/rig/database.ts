import { countResting, NO_TOUCHED, type SubTask, type Task, type TouchedCounts } from '@cyberstroll/contracts';
import { createConnection } from 'mongoose';
import type { ChunkDump, TaskDump } from '../checker/evidence';

/** The database as it is, past the store: the checker must not read through what it checks. */
export interface Database {
  /** The task and all of it. Of one moment where nothing is on its way. */
  dump(taskId: string): Promise<TaskDump>;
  findTask(taskId: string): Promise<TaskDump['task']>;
  /** How many subtasks of these tasks rest, by the counters. */
  countResting(taskIds: readonly string[]): Promise<number>;
  /** What a node holds of a task now. */
  findHeld(taskId: string, nodeId: string): Promise<SubTask[]>;
  countTasks(filter: Record<string, unknown>): Promise<number>;
  close(): Promise<void>;
}

interface Shard {
  counts?: Partial<TouchedCounts>;
}

export async function openDatabase(uri: string): Promise<Database> {
  const connection = await createConnection(uri, { autoIndex: false, autoCreate: false }).asPromise();
  const find = async <Document>(collection: string, filter: Record<string, unknown>) =>
    (await connection.collection(collection).find(filter).toArray()) as unknown as Document[];

  async function getTask(task_id: string) {
    const [found] = await find<Task>('tasks', { task_id });
    if (!found) throw new Error(`there is no task ${task_id}`);
    return found;
  }

  return {
    async dump(task_id) {
      const { target_segments, ...task } = await getTask(task_id);
      const counters = { ...NO_TOUCHED };
      for (const { counts = {} } of await find<Shard>('task_progress', { task_id })) {
        for (const bucket of Object.keys(counts) as (keyof TouchedCounts)[]) counters[bucket] += counts[bucket] ?? 0;
      }
      return {
        task,
        total: target_segments.reduce((sum, { count }) => sum + count, 0),
        counters,
        chunks: await find<ChunkDump>('chunks', { task_id }),
        subTasks: await find<SubTask>('subtasks', { task_id }),
      };
    },
    findTask: getTask,
    async countResting(taskIds) {
      const shards = await find<Shard>('task_progress', { task_id: { $in: taskIds } });
      return shards.reduce((sum, { counts }) => sum + countResting({ ...NO_TOUCHED, ...counts }), 0);
    },
    findHeld: (task_id, assigned_node) => find('subtasks', { task_id, assigned_node, status: 'SCANNING' }),
    countTasks: (filter) => connection.collection('tasks').countDocuments(filter),
    close: () => connection.close(),
  };
}
