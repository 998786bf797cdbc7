import {
  type Alert,
  countClosed,
  type Host,
  NO_TOUCHED,
  type SubTask,
  type Task,
  type TouchedCounts,
} from '@cyberstroll/contracts';
import { type ClientSession, createConnection } from 'mongoose';
import type { AuditFinding, ChunkDump, InventoryDump, TaskDump } from '../checker/evidence';

/** Where the audit puts right what it found wrong: no updater has counted that. */
const AUDIT_SHARD = 'audit';

/** The database as it is, past the store: the checker must not read through what it checks. */
export interface Database {
  /** The task and all of it, of one moment: read in one transaction. */
  dump(taskId: string): Promise<TaskDump>;
  findTask(taskId: string): Promise<TaskDump['task']>;
  /** How many subtasks of these tasks rest, by the counters. */
  countClosed(taskIds: readonly string[]): Promise<number>;
  /** What a node holds of a task now. */
  findHeld(taskId: string, nodeId: string): Promise<SubTask[]>;
  countTasks(filter: Record<string, unknown>): Promise<number>;
  /** The inventory and every completed subtask, of one moment. */
  dumpInventory(): Promise<InventoryDump>;
  /** All that the audit has ever reported of these tasks. */
  findAuditFindings(taskIds: readonly string[]): Promise<AuditFinding[]>;
  close(): Promise<void>;
}

interface Shard {
  shard: string;
  counts?: Partial<TouchedCounts>;
}

export async function openDatabase(uri: string): Promise<Database> {
  const connection = await createConnection(uri, { autoIndex: false, autoCreate: false }).asPromise();
  const find = async <Document>(collection: string, filter: Record<string, unknown>, session?: ClientSession) =>
    (await connection.collection(collection).find(filter, { session }).toArray()) as unknown as Document[];

  async function getTask(task_id: string, session?: ClientSession) {
    const [found] = await find<Task>('tasks', { task_id }, session);
    if (!found) throw new Error(`there is no task ${task_id}`);
    return found;
  }

  return {
    dump: (task_id) =>
      connection.transaction(async (session) => {
        const task = await getTask(task_id, session);
        const [targets] = await find<{ target_segments: { count: number }[] }>('task_targets', { task_id }, session);
        const counters = { ...NO_TOUCHED };
        for (const { shard, counts = {} } of await find<Shard>('task_progress', { task_id }, session)) {
          if (shard === AUDIT_SHARD) continue;
          for (const bucket of Object.keys(counts) as (keyof TouchedCounts)[]) counters[bucket] += counts[bucket] ?? 0;
        }
        return {
          task,
          total: targets!.target_segments.reduce((sum, { count }) => sum + count, 0),
          counters,
          chunks: await find<ChunkDump>('chunks', { task_id }, session),
          subTasks: await find<SubTask>('subtasks', { task_id }, session),
        };
      }),
    findTask: (taskId) => getTask(taskId),
    async countClosed(taskIds) {
      const shards = await find<Shard>('task_progress', { task_id: { $in: taskIds } });
      return shards.reduce((sum, { counts }) => sum + countClosed({ ...NO_TOUCHED, ...counts }), 0);
    },
    findHeld: (task_id, assigned_node) => find('subtasks', { task_id, assigned_node, status: 'SCANNING' }),
    countTasks: (filter) => connection.collection('tasks').countDocuments(filter),
    dumpInventory: () =>
      connection.transaction(async (session) => {
        const tasks = await find<Task>('tasks', {}, session);
        const ports = new Map(tasks.map(({ task_id, scan }) => [task_id, scan.ports]));
        const completed = await find<SubTask>('subtasks', { status: 'COMPLETED' }, session);
        const appeared = await find<{ ip: string }>('host_changes', { kind: 'host_appeared' }, session);
        const hosts = await find<Host>('hosts', {}, session);
        return {
          waiting: (await find('completions', {}, session)).length,
          hosts: hosts.map((host) => ({ ...host, appeared: appeared.filter(({ ip }) => ip === host.ip).length })),
          scans: completed.map(({ ip, completed_time, updated_time, scan_result, task_id }) => ({
            ip,
            completed_time: completed_time!,
            updated_time,
            open_ports: scan_result!.open_ports,
            ports: ports.get(task_id)!,
          })),
        };
      }),
    async findAuditFindings(taskIds) {
      const found = await find<Alert>('alerts', { rule: 'consistency', subject: { $in: taskIds } });
      return found.map(({ subject, summary }) => ({ task_id: subject, summary }));
    },
    close: () => connection.close(),
  };
}
