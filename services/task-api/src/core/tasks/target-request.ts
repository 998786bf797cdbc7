import type { CreateTaskBody } from '@cyberstroll/contracts';
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
