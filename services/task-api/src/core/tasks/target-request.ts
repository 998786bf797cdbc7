import type { CreateTaskBody } from '@cyberstroll/contracts';
import { readTargetSet, requireAtMost, type Scope, type Slices } from '@cyberstroll/targets';
import { type ExclusionInForce, type TakenOut, takeOutExcluded, toPortsExclusions } from '@cyberstroll/task-state';

export type TargetRequest = TakenOut | { outside: string };

interface Circumstances {
  scope: Scope;
  maxCount: number;
  exclusions: readonly ExclusionInForce[];
}

/**
 * The targets that a client asks for, without those that are excluded, or the first one outside the scope. None is left
 * if all of them are excluded. Throws a TargetError for an invalid entry.
 */
export function* toTargetRequest(
  body: Pick<CreateTaskBody, 'task_target' | 'exclude_target' | 'scan'>,
  { scope, maxCount, exclusions }: Circumstances,
): Slices<TargetRequest> {
  const asked = yield* readTargetSet({
    include: body.task_target,
    ...(body.exclude_target !== undefined && { exclude: body.exclude_target }),
  });
  const taken = takeOutExcluded(asked, toPortsExclusions(exclusions, body.scan.ports).whole);
  yield;
  requireAtMost(taken.targets, body.task_target, maxCount);
  const outside = scope.findOutside(taken.targets);
  return outside === undefined ? taken : { outside };
}
