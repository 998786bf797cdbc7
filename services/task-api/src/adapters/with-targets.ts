import type { KeyScope } from '@cyberstroll/access';
import type { CreateTaskBody } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { MAX_KEY_RANGES, type TargetSet } from '@cyberstroll/targets';
import type { Config } from '../config';
import { toTargetRequest } from '../core/tasks/target-request';

export type TargetLimits = Pick<Config, 'SCAN_SCOPE' | 'MAX_TARGETS_PER_TASK'>;

/** The body of a task with its targets, if an API key with these networks may scan them. */
export const withTargets = <Body extends CreateTaskBody>(
  body: Body,
  config: TargetLimits,
  networks: KeyScope | undefined,
): Body & { targets: TargetSet } => ({
  ...body,
  targets: readTargets(body, config, networks),
});

function readTargets(
  body: CreateTaskBody,
  { SCAN_SCOPE, MAX_TARGETS_PER_TASK }: TargetLimits,
  networks: KeyScope | undefined,
): TargetSet {
  const request = toTargetRequest(body, { scope: SCAN_SCOPE, maxCount: MAX_TARGETS_PER_TASK });
  if ('targets' in request) return requireNetworks(request.targets, networks);
  const detail = `task_target: "${request.outside}" is outside the scan scope ${SCAN_SCOPE.toText()}`;
  throw new AppError('out_of_scope', { detail, field: 'task_target', entry: request.outside });
}

/** The targets, if an API key with these networks may scan them and see the task. */
function requireNetworks(targets: TargetSet, networks: KeyScope | undefined): TargetSet {
  if (!networks || networks.covers(targets)) return targets;
  const entry = networks.findOutside(targets);
  const detail =
    entry === undefined
      ? `task_target: the targets are in more than ${MAX_KEY_RANGES} pieces, and addresses between them are ` +
        `outside the networks of your API key (${networks.toText()}); create several tasks`
      : `task_target: "${entry}" is outside the networks of your API key (${networks.toText()})`;
  throw new AppError('out_of_scope', { detail, field: 'task_target', entry });
}
