import type { Task } from '@cyberstroll/contracts';
import type { Connection } from 'mongoose';
import { decideTaskSteps } from './decide-task-steps';
import type { Models } from './models/create-models';
import { readTaskAndCounters, taskNotFound } from './read-counters';
import type { TaskRollUp } from './store';
import { takeTaskSteps } from './take-task-steps';
import type { TaskCounters } from './task-counters';
import { toSnapshot } from './to-snapshot';
import type { WriteTask } from './write-task';

const OPERATOR = 'state-updater';

export interface RollUpDeps {
  connection: Connection;
  models: Models;
  writeTask: WriteTask;
}

/**
 * Rolls a task's counters up into its document and takes the task on where they say so. The write is guarded by the
 * revision and moves forward only, so any number of callers may do it at once: a task's end is written by one of them.
 */
export async function rollUpTask(
  { connection, models, writeTask }: RollUpDeps,
  taskId: string,
  now: Date,
): Promise<TaskRollUp> {
  for (;;) {
    const read = await readTaskAndCounters(connection, models, taskId);
    if (!read) throw taskNotFound(taskId);
    const { task, counters } = read;
    const steps = decideTaskSteps({
      task,
      total: task.progress.total_targets,
      touched: counters.touched,
      seq: counters.seq,
      now,
    });
    const write = steps.length > 0 ? takeTaskSteps(task, steps, OPERATOR, now) : undefined;
    const after: Task = write ? { ...task, ...write.$set, rev: task.rev + 1 } : task;
    const snapshot = toSnapshot(after, counters, now);
    if (!write && snapshot.seq <= task.progress_seq) return { snapshot, steps: [] };

    const written = await writeTask({
      task_id: taskId,
      guard: { rev: task.rev, progress_seq: { $lt: snapshot.seq } },
      write: { ...write, $set: { ...write?.$set, ...rolledUp(snapshot, counters, now) } },
    });
    if (written || !write) return { snapshot, steps };
  }
}

function rolledUp(snapshot: TaskRollUp['snapshot'], counters: TaskCounters, now: Date): Record<string, unknown> {
  const remaining = snapshot.estimated_remaining;
  return {
    progress: snapshot.progress,
    progress_seq: snapshot.seq,
    'error_info.error_count': counters.stats.errors,
    ...(counters.last_error !== undefined && { 'error_info.last_error': counters.last_error }),
    ...(remaining !== null && remaining > 0 && { estimated_completion: new Date(now.getTime() + remaining * 1_000) }),
  };
}
