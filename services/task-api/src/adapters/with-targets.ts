import type { KeyScope } from '@cyberstroll/access';
import type { CreateTaskBody } from '@cyberstroll/contracts';
import { AppError, inTurns } from '@cyberstroll/runtime';
import { MAX_KEY_RANGES, type TargetSet } from '@cyberstroll/targets';
import type { ExclusionInForce, TakenOut } from '@cyberstroll/task-state';
import type { Config } from '../config';
import { toTargetRequest } from '../core/tasks/target-request';

export type TargetLimits = Pick<Config, 'SCAN_SCOPE' | 'MAX_TARGETS_PER_TASK'>;

/**
 * The body of a task with its targets, if an API key with these networks may scan them, and without what is excluded.
 * Throws an AppError or a TargetError. `field`: what the AppError calls the targets.
 */
export async function withTargets<Body extends CreateTaskBody>(
  body: Body,
  config: TargetLimits,
  networks: KeyScope | undefined,
  exclusions: readonly ExclusionInForce[],
  field = 'task_target',
): Promise<Body & { targets: TargetSet; excluded: TakenOut }> {
  const taken = await readTargets(body, config, { networks, exclusions, field });
  return { ...body, targets: taken.targets, excluded: taken };
}

async function readTargets(
  body: CreateTaskBody,
  { SCAN_SCOPE, MAX_TARGETS_PER_TASK }: TargetLimits,
  {
    networks,
    exclusions,
    field,
  }: { networks: KeyScope | undefined; exclusions: readonly ExclusionInForce[]; field: string },
): Promise<TakenOut> {
  const limits = { scope: SCAN_SCOPE, maxCount: MAX_TARGETS_PER_TASK, exclusions };
  const request = await inTurns(toTargetRequest(body, limits));
  if ('targets' in request) {
    if (networks) requireNetworks(request.targets.union(request.excluded), networks, field);
    if (request.targets.isEmpty) throw toAllExcluded(request, field);
    if (networks) requireNetworks(request.targets, networks, field);
    return request;
  }
  const detail = `${field}: "${request.outside}" is outside the scan scope ${SCAN_SCOPE.toText()}`;
  throw new AppError('out_of_scope', { detail, field, entry: request.outside });
}

function toAllExcluded({ excluded, by }: TakenOut, field: string): AppError {
  const [first] = by;
  const detail = `${field}: ${excluded.count} addresses; ${first!.target} is excluded: ${first!.reason}`;
  return new AppError('targets_excluded', { detail, field, entry: first!.target });
}

/** Throws unless an API key with these networks may scan the targets and see the task. */
function requireNetworks(targets: TargetSet, networks: KeyScope, field: string): void {
  if (networks.covers(targets)) return;
  const entry = networks.findOutside(targets);
  const detail =
    entry === undefined
      ? `${field}: the targets are in more than ${MAX_KEY_RANGES} pieces, and addresses between them are ` +
        `outside the networks of your API key (${networks.toText()}); create several tasks`
      : `${field}: "${entry}" is outside the networks of your API key (${networks.toText()})`;
  throw new AppError('out_of_scope', { detail, field, entry });
}
