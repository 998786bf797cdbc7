import { isDeepStrictEqual } from 'node:util';
import { type CreateTaskBody, type Task, taskConfigSchema } from '@cyberstroll/contracts';
import { createTargetSet, type Scope, type TargetSet } from '@cyberstroll/targets';

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

/** Whether a task was created from an equal `body`: the check when an idempotency key is used again. */
export function isTaskOf(
  body: CreateTaskBody,
  task: Pick<
    Task,
    'task_target' | 'exclude_target' | 'task_type' | 'task_category' | 'task_initiator' | 'scan' | 'config'
  >,
): boolean {
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
