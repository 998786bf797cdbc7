import { createTaskBodySchema, MAX_SUBTASKS_PER_JOB } from '@cyberstroll/contracts';
import type { NewTask, Store } from '@cyberstroll/store';
import { parseTargets } from '@cyberstroll/targets';

/** What task-api gives the store for a request. */
export function toNewTask(target = '127.0.0.0/24', config: object = {}, rest: object = {}): NewTask {
  const body = createTaskBodySchema.parse({
    task_target: target,
    task_initiator: 'tester',
    scan: { ports: '22' },
    config,
    ...rest,
  });
  return { ...body, targets: parseTargets(target) };
}

/** The targets that are sent out of a test's task. */
const MAX_SENT = 10_000;
/** How long ago they were sent. */
const SENT_AGO_MS = 60_000;

/** A task that the dispatcher has taken up, and whose subtasks nodes may report; resolves with its id. */
export async function createQueuedTask(store: Store, target?: string, config?: object): Promise<string> {
  const taskId = await createUnsentTask(store, target, config);
  await sendOut(store, taskId);
  return taskId;
}

/** A task that the dispatcher has taken up, with nothing in its ledger; resolves with its id. */
export async function createUnsentTask(store: Store, target?: string, config?: object): Promise<string> {
  const { task } = await store.tasks.createTask(toNewTask(target, config));
  await store.tasks.updateTaskStatus(task.task_id, 'QUEUED', 'test', 'dispatcher');
  return task.task_id;
}

/** Writes the subtasks of a task into the dispatch ledger, as sent out and taken; the task's cursor stays. */
export async function sendOut(store: Store, taskId: string): Promise<void> {
  const { progress } = await store.tasks.getTask(taskId);
  const now = new Date(Date.now() - SENT_AGO_MS);
  const end = Math.min(progress.total_targets, MAX_SENT);
  for (let first_index = 0; first_index < end; first_index += MAX_SUBTASKS_PER_JOB) {
    const count = Math.min(MAX_SUBTASKS_PER_JOB, end - first_index);
    await store.chunks.openChunk({ task_id: taskId, first_index, count, now });
  }
  await store.chunks.settleChunks([taskId], new Date());
}

/** The whole numbers from 0 to `count` - 1: the indexes of `count` subtasks, or `count` turns of a loop. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
