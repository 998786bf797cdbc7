/**
 * The invariants of a task at its end, computed from what the API shows: the counters sum to the total and are what a
 * recount of every subtask gives; every history is a path of the machine, with one end per attempt at most.
 */
import assert from 'node:assert/strict';
import { BUCKET_OF_STATUS, type Progress, type ProgressBucket } from '@cyberstroll/contracts';
import {
  isEndedTask,
  isRestingSubTask,
  type SubTaskStatus,
  subTaskTable,
  type TaskStatus,
  taskTable,
} from '@cyberstroll/state-machine';
import { eventually } from '@cyberstroll/testkit';
import type { Api, SubTaskView, TaskView } from './api';

const BUCKETS = [...new Set(Object.values(BUCKET_OF_STATUS))];

export const countOpen = ({ pending_count, assigned_count, scanning_count, retry_count }: Progress): number =>
  pending_count + assigned_count + scanning_count + retry_count;

/** Resolves when the task has ended and nothing of it is open any more. */
export function waitUntilSettled(api: Api, taskId: string, timeoutMs = 30_000): Promise<TaskView> {
  return eventually(
    async () => {
      const task = await api.getTask(taskId);
      assert.ok(isEndedTask(task.status), `${task.status} ${JSON.stringify(task.progress)}`);
      assert.equal(countOpen(task.progress), 0, `${task.status} ${JSON.stringify(task.progress)}`);
      return task;
    },
    { timeoutMs, intervalMs: 100 },
  );
}

/** Of a settled task; resolves with it and every subtask of it, in index order. */
export async function assertConsistent(api: Api, taskId: string): Promise<{ task: TaskView; subTasks: SubTaskView[] }> {
  const task = await api.getTask(taskId);
  const subTasks = await api.findSubTasks(taskId);
  const { total_targets, progress_percentage, ...counts } = task.progress;

  assert.ok(isEndedTask(task.status), `the task is ${task.status}`);
  assert.equal(progress_percentage, 100);
  assertPath<TaskStatus>(
    task.status_history.map(({ status }) => status),
    (from, to) => taskTable.allowedStatuses(from).includes(to),
    `task ${taskId}`,
  );
  assert.equal(task.status_history.at(-1)?.status, task.status);

  assert.deepEqual(
    subTasks.map(({ index }) => index),
    Array.from({ length: total_targets }, (_, index) => index),
  );
  assert.equal(new Set(subTasks.map(({ ip }) => ip)).size, total_targets, 'an address stands for two subtasks');
  assert.deepEqual(counts, recount(subTasks));
  for (const subTask of subTasks) assertHistory(subTask);
  return { task, subTasks };
}

function recount(subTasks: readonly SubTaskView[]): Record<ProgressBucket, number> {
  const counts = Object.fromEntries(BUCKETS.map((bucket) => [bucket, 0])) as Record<ProgressBucket, number>;
  for (const { status } of subTasks) counts[BUCKET_OF_STATUS[status]]++;
  return counts;
}

/** An untouched subtask has no history; a retry begins the next attempt, and no attempt comes to rest twice. */
function assertHistory({ subtask_id, status, attempt, status_history }: SubTaskView): void {
  const statuses: SubTaskStatus[] = status_history.map((entry) => entry.status);
  const told = `${subtask_id}: ${status_history.map((entry) => `${entry.status}/${entry.attempt}`).join(' ')}`;
  if (statuses.length === 0) {
    assert.ok(status === 'PENDING' || status === 'CANCELLED', `${subtask_id} is ${status} without a history`);
    return;
  }
  const isArrow = (from: SubTaskStatus, to: SubTaskStatus) => subTaskTable.allowedStatuses(from).includes(to);
  assertPath<SubTaskStatus>(['PENDING', ...statuses], isArrow, told);
  assert.equal(statuses.at(-1), status, told);
  let attemptNow = 1;
  const rested = new Set<number>();
  for (const entry of status_history) {
    if (entry.status === 'RETRYING') attemptNow++;
    assert.equal(entry.attempt, attemptNow, told);
    if (!isRestingSubTask(entry.status)) continue;
    assert.ok(!rested.has(entry.attempt), told);
    rested.add(entry.attempt);
  }
  assert.equal(attempt, attemptNow, told);
}

function assertPath<Status>(statuses: readonly Status[], isArrow: (from: Status, to: Status) => boolean, what: string) {
  for (const [i, to] of statuses.slice(1).entries()) {
    assert.ok(isArrow(statuses[i]!, to), `${statuses[i]} to ${to} is no arrow (${what})`);
  }
}
