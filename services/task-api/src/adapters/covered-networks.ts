import type { Caller, KeyScope } from '@cyberstroll/access';
import type { Covers } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { RuleMaker, RuleSetting } from '@cyberstroll/store';
import { findKeyRange, type KeyRange } from '@cyberstroll/targets';
import { type CoveringRule, toWithin } from '@cyberstroll/task-state';

/**
 * The networks that a new rule of this key is bound to: it covers only tasks whose targets lie wholly in them. Throws
 * AppError `out_of_scope` if it must name a network inside them, and does not.
 */
export function toRuleNetworks({ network }: Covers, scope: KeyScope | undefined): { within?: string[] } {
  if (!scope) return {};
  if (isWithin(network === undefined ? undefined : findKeyRange(network), scope))
    return { within: [...scope.networks] };
  const what = network === undefined ? 'covers' : 'covers.network';
  const detail = `${what}: your API key may cover networks in ${scope.toText()} alone`;
  throw new AppError('out_of_scope', { detail, field: what, ...(network !== undefined && { entry: network }) });
}

/** A key that has networks sees and changes only rules that can cover no task that is not wholly inside them. */
export const isRuleInside = (rule: Pick<CoveringRule, 'within'>, scope: KeyScope | undefined): boolean =>
  !scope || (toWithin(rule)?.every((range) => isWithin(range, scope)) ?? false);

/** The same of any rule as it is stored: an exclusion lies where its targets do. */
export function isSettingInside({ within, target, entries }: RuleSetting, scope: KeyScope): boolean {
  const targets = target === undefined ? entries?.map((each) => each.target) : [target];
  if (!targets) return isRuleInside({ within }, scope);
  return targets.every((each) => isWithin(findKeyRange(each), scope));
}

export const toRuleMaker = ({ name, role, scope }: Pick<Caller, 'name' | 'role' | 'scope'>): RuleMaker => ({
  operator: name,
  isAdmin: role === 'admin',
  hasNetworks: scope !== undefined,
});

const isWithin = (range: KeyRange | undefined, { ranges }: KeyScope): boolean =>
  range !== undefined && ranges.some(({ first, last }) => first <= range.first && range.last <= last);
