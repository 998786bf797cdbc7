import type { RuleLevel } from '@cyberstroll/contracts';
import type { Caller } from '../caller';

/** A rule that is stored, and who set it. */
export interface LeveledRule {
  id: string;
  level?: RuleLevel | undefined;
  operator: string;
}

/** Why the caller may not change, replace, delete or lift the rule; undefined if it may. */
export function findRuleProhibition(
  { name, scope }: Pick<Caller, 'name' | 'scope'>,
  { id, level, operator }: LeveledRule,
): string | undefined {
  if (!scope || level !== 'admin') return undefined;
  return `${operator} set ${id} as an admin, and key ${name} has networks; ask ${operator} or another admin`;
}
