import { type CreateTaskBody, MAX_TARGET_TEXT, type Only, type ScanAgainBody, type Task } from '@cyberstroll/contracts';
import { AppError, toAppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toBodyOf } from '../core/tasks/scan-again';

/** How long the addresses of another task are read, in milliseconds. The client still waits for its answer then. */
const READ_WITHIN_MS = 6_000;
/** The shortest range is `1.1.1.1,`. */
const MAX_INTERVALS = Math.ceil(MAX_TARGET_TEXT / 8);

export type TaskRequest = CreateTaskBody & Pick<Task, 'from_task' | 'only'>;

/**
 * The task that a request asks for: its own body, or that of another task with what is given instead. Rejects with
 * AppError `no_answer_in_time` if `signal` aborts while the addresses of that task are read.
 */
export async function readTaskRequest(
  store: Pick<Store, 'tasks'>,
  request: CreateTaskBody | ScanAgainBody,
  signal: AbortSignal = AbortSignal.timeout(READ_WITHIN_MS),
): Promise<TaskRequest> {
  if (!('from_task' in request)) return request;
  const { from_task, only } = request;
  const old = await store.tasks.getTask(from_task).catch((error: unknown) => {
    if (toAppError(error).code !== 'task_not_found') throw error;
    throw new AppError('task_not_found', { detail: from_task, field: 'from_task' });
  });
  if (only === undefined) return { ...toBodyOf(await store.tasks.fillInTargets(old), request), from_task };
  const { exclude_target } = await store.tasks.fillInTargets(old);
  const task_target = await readSubset(store, { taskId: from_task, only, signal });
  return { ...toBodyOf({ ...old, exclude_target, task_target }, request), from_task, only };
}

async function readSubset(
  store: Pick<Store, 'tasks'>,
  { taskId, only, signal }: { taskId: string; only: Only; signal: AbortSignal },
): Promise<string> {
  const found = await store.tasks.findSubset(taskId, { only, maxIntervals: MAX_INTERVALS, signal });
  if (found?.isEmpty) throw new AppError('nothing_to_scan', { detail: `${only}: task ${taskId}`, field: 'only' });
  const text = found?.toText();
  if (text !== undefined && text.length <= MAX_TARGET_TEXT) return text;
  const detail =
    `only: the addresses lie too far apart: as ranges they are longer than ${MAX_TARGET_TEXT} characters. Retry ` +
    `them in their task (POST /api/tasks/${taskId}/retry), or scan all of it again`;
  throw new AppError('invalid_targets', { detail, field: 'only', limit: MAX_TARGET_TEXT });
}
