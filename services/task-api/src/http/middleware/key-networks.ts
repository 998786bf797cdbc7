import { type Caller, findRuleProhibition } from '@cyberstroll/access';
import { findPathParameters, PATH_PARAMETERS, taskIdSchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { RULE_ID_NAMES, type Store } from '@cyberstroll/store';
import { isSettingInside } from '../../adapters/covered-networks';

/**
 * Hides tasks outside the networks of the API key, before anything is done with them. What a list shows, and what a new
 * task may scan, is decided by their handlers.
 */
export async function guardTasks(
  { tasks }: Pick<Store, 'tasks'>,
  taskIds: readonly string[],
  { scope }: Pick<Caller, 'scope'>,
): Promise<void> {
  if (!scope) return;
  for (const taskId of taskIds) await tasks.requireInside(taskId, scope.ranges);
}

/** The tasks that a request names: in its path, and as the one whose targets are scanned again. */
export function findTaskIds(path: string, params: object, body: unknown): string[] {
  const inPath = findPathParameters(path)
    .filter((name) => PATH_PARAMETERS[name].schema === taskIdSchema)
    .map((name) => (params as Record<string, string>)[name]!);
  const { from_task: from } = (body ?? {}) as { from_task?: unknown };
  return typeof from === 'string' ? [...inPath, from] : inPath;
}

/**
 * Lets no key with networks change a rule that an admin set. One outside of its networks is left to the handler, which
 * answers as if it did not exist. The level of a rule never changes, so it may be read before the rule is written.
 */
export async function guardRules(
  { ruleSettings }: Pick<Store, 'ruleSettings'>,
  params: object,
  caller: Pick<Caller, 'name' | 'scope'>,
): Promise<void> {
  if (!caller.scope) return;
  for (const name of RULE_ID_NAMES) {
    const id = (params as Partial<Record<string, string>>)[name];
    const rule = id === undefined ? undefined : await ruleSettings.find(name, id);
    const detail = rule && isSettingInside(rule, caller.scope) ? findRuleProhibition(caller, rule) : undefined;
    if (detail !== undefined) throw new AppError('rule_of_admin', { detail, field: name });
  }
}
