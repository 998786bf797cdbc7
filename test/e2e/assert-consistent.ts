/**
 * The invariants of a task at its end, computed from what the API shows: the counters sum to the total and are what a
 * recount of every subtask gives; every history is a path of the machine, with one end per attempt at most.
 */
import assert from 'node:assert/strict';
import { BUCKET_OF_STATUS, countScanned, type Progress, type ProgressBucket, toBuckets } from '@cyberstroll/contracts';
import {
  isClosedSubTask,
  isEndedTask,
  type SubTaskStatus,
  subTaskTable,
  type TaskStatus,
  taskTable,
} from '@cyberstroll/state-machine';
import { eventually } from '@cyberstroll/testkit';
import type { Api, SubTaskView, TaskView } from './api';

const BUCKETS = [...new Set(Object.values(BUCKET_OF_STATUS))];

const countOpen = ({ pending_count, assigned_count, scanning_count, retry_count }: Progress): number =>
  pending_count + assigned_count + scanning_count + retry_count;

/** Resolves when the task has ended and nothing of it is open any more. */
export function waitUntilSettled(api: Api, taskId: string, timeoutMs = 300_000): Promise<TaskView> {
  return eventually(
    async () => {
      const task = await api.getTask(taskId);
      assert.ok(isEndedTask(task.status), `${task.status} ${JSON.stringify(task.progress)}`);
      assert.equal(countOpen(task.progress), 0, `${task.status} ${JSON.stringify(task.progress)}`);
      return task;
    },
    { timeoutMs },
  );
}

/** Of a settled task; resolves with it and every subtask of it, in index order. */
export async function assertConsistent(api: Api, taskId: string): Promise<{ task: TaskView; subTasks: SubTaskView[] }> {
  const task = await api.getTask(taskId);
  const subTasks = await api.findSubTasks(taskId);
  const { total_targets, progress_percentage, retries_total } = task.progress;

  assert.ok(isEndedTask(task.status), `the task is ${task.status}`);
  assert.equal(progress_percentage, Math.floor((countScanned(task.progress) * 10_000) / total_targets) / 100);
  assert.equal(
    retries_total,
    subTasks.reduce((sum, { retry_count }) => sum + retry_count, 0),
  );
  assertPath<TaskStatus>(
    task.status_history,
    (from, to) => taskTable.allowedStatuses(from).includes(to),
    `task ${taskId}`,
  );
  assert.equal(task.status_history.at(-1)?.status, task.status);

  assert.deepEqual(
    subTasks.map(({ index }) => index),
    Array.from({ length: total_targets }, (_, index) => index),
  );
  assert.equal(new Set(subTasks.map(({ ip }) => ip)).size, total_targets, 'an address stands for two subtasks');
  assert.deepEqual(toBuckets(task.progress), recount(subTasks));
  for (const subTask of subTasks) assertHistory(subTask);
  return { task, subTasks };
}

function recount(subTasks: readonly SubTaskView[]): Record<ProgressBucket, number> {
  const counts = Object.fromEntries(BUCKETS.map((bucket) => [bucket, 0])) as Record<ProgressBucket, number>;
  for (const { status } of subTasks) counts[BUCKET_OF_STATUS[status]]++;
  return counts;
}

/** An untouched subtask has no history; a retry begins the next attempt, and no attempt is closed twice. */
function assertHistory({ subtask_id, status, attempt, status_history }: SubTaskView): void {
  const statuses: SubTaskStatus[] = status_history.map((entry) => entry.status);
  const history = `${subtask_id}: ${status_history.map((entry) => `${entry.status}/${entry.attempt}`).join(' ')}`;
  if (statuses.length === 0) {
    assert.ok(status === 'PENDING' || status === 'CANCELLED', `${subtask_id} is ${status} without a history`);
    return;
  }
  const isArrow = (from: SubTaskStatus, to: SubTaskStatus) => subTaskTable.allowedStatuses(from).includes(to);
  assertPath<SubTaskStatus>([{ status: 'PENDING' }, ...status_history], isArrow, history);
  assert.equal(statuses.at(-1), status, history);
  let attemptNow = 1;
  const closed = new Set<number>();
  for (const entry of status_history) {
    if (entry.folded !== undefined) {
      attemptNow = entry.attempt;
      continue;
    }
    if (entry.status === 'RETRYING') attemptNow++;
    assert.equal(entry.attempt, attemptNow, history);
    if (!isClosedSubTask(entry.status)) continue;
    assert.ok(!closed.has(entry.attempt), history);
    closed.add(entry.attempt);
  }
  assert.equal(attempt, attemptNow, history);
}

/** What was folded into one entry cannot be followed. */
function assertPath<Status>(
  history: readonly { status: Status; folded?: number | undefined }[],
  isArrow: (from: Status, to: Status) => boolean,
  what: string,
) {
  for (const [i, { status: to, folded }] of history.slice(1).entries()) {
    const from = history[i]!.status;
    assert.ok(folded !== undefined || isArrow(from, to), `${from} to ${to} is no arrow (${what})`);
  }
}
