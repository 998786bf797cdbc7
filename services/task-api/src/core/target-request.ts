import { isDeepStrictEqual } from 'node:util';
import { type CreateTaskBody, type ScanAgainBody, type Task, taskConfigSchema } from '@cyberstroll/contracts';
import { createTargetSet, type Scope, type TargetSet } from '@cyberstroll/targets';
import { toBodyOf } from './scan-again';

export type TargetRequest = { targets: TargetSet } | { outside: string };

/**
 * The targets that a client asks for, or the first one outside the scope. Throws a TargetError for an invalid entry.
 */
export function toTargetRequest(
  body: Pick<CreateTaskBody, 'task_target' | 'exclude_target'>,
  { scope, maxCount }: { scope: Scope; maxCount: number },
): TargetRequest {
  const targets = createTargetSet({
    include: body.task_target,
    ...(body.exclude_target !== undefined && { exclude: body.exclude_target }),
    maxCount,
  });
  const outside = scope.findOutside(targets);
  return outside === undefined ? { targets } : { outside };
}

/**
 * Whether a task was created from an equal request: the check when an idempotency key is used again. One that scans
 * another task again is compared by what it gives: the other task may have changed since.
 */
export function isTaskOf(request: CreateTaskBody | ScanAgainBody, task: Task): boolean {
  const { from_task, only }: Partial<ScanAgainBody> = 'from_task' in request ? request : {};
  if (task.from_task !== from_task || task.only !== only) return false;
  const body = 'from_task' in request ? toBodyOf(task, request) : request;
  return (
    task.task_target === body.task_target &&
    (task.exclude_target ?? '') === (body.exclude_target ?? '') &&
    task.task_type === body.task_type &&
    task.task_category === body.task_category &&
    task.task_initiator === body.task_initiator &&
    task.scan.ports === body.scan.ports &&
    task.scan.method === body.scan.method &&
    isDeepStrictEqual(taskConfigSchema.parse(task.config), body.config)
  );
}
