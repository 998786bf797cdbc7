import { EXCHANGES, groupBy, type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';

/** The nodes whose envelopes are in the backlog, and how many scans each begins in a tick of 50 ms. */
const NODES = 16;
const SCANS_PER_TICK = 6;
/** Scans last this many ticks: 200 ms. */
const SCAN_TICKS = 4;

/** The number of subtasks of each task, for a backlog of `updates`. */
export const toSubTasksPerTask = (updates: number, tasks: number): number =>
  Math.ceil(updates / 2 / tasks / SCANS_PER_TICK) * SCANS_PER_TICK;

/**
 * What nodes say while no updater runs, in its order: each node sends an envelope per tick and key, with claims of the
 * scans that begin and the results of those that end. So a claim and its result are some 64 envelopes apart.
 */
export async function publishBacklog(publisher: Publisher, taskIds: readonly string[], perTask: number): Promise<void> {
  const next = new Map(taskIds.map((taskId) => [taskId, 0]));
  const running: { taskId: string; first: number }[][] = Array.from({ length: NODES }, () => []);
  let isOver = false;
  for (let tick = 0; !isOver; tick++) {
    const sent: Promise<void>[] = [];
    isOver = true;
    for (let node = 0; node < NODES; node++) {
      const taskId = taskIds[(tick + node) % taskIds.length]!;
      const first = next.get(taskId)!;
      const updates: SubTaskUpdate[] = [];
      if (first < perTask) {
        next.set(taskId, first + SCANS_PER_TICK);
        running[node]!.push({ taskId, first });
        updates.push(...toUpdates(taskId, first, 'SCANNING'));
      }
      const isFull = running[node]!.length > SCAN_TICKS || first >= perTask;
      const ended = isFull ? running[node]!.shift() : undefined;
      if (ended) updates.push(...toUpdates(ended.taskId, ended.first, 'COMPLETED'));
      if (updates.length === 0) continue;
      isOver = false;
      for (const [key, ofKey] of groupBy(updates, ({ task_id }) => publisher.toUpdatesKey(task_id))) {
        const envelope = {
          node_id: `bench-node-${node}`,
          instance_id: 'bench',
          sent_time: new Date().toISOString(),
          updates: ofKey,
        };
        sent.push(publisher.publish(EXCHANGES.state.name, key, envelope));
      }
    }
    await Promise.all(sent);
  }
}

function toUpdates(task_id: string, first: number, status: 'SCANNING' | 'COMPLETED'): SubTaskUpdate[] {
  const time = new Date().toISOString();
  return Array.from({ length: SCANS_PER_TICK }, (_, i) => ({
    task_id,
    subtask_id: toSubTaskId(task_id, first + i),
    attempt: 1,
    lease_id: `bench-${first + i}`,
    status,
    assigned_time: time,
    started_time: time,
    ...(status === 'COMPLETED' && {
      completed_time: time,
      scan_result: { open_ports: [], services: [], response_time: 0 },
    }),
  }));
}
