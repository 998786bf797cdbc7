/**
 * Who makes limits, freezes and exclusions, and how many a key may make. Each pass reads all of them, so there is a
 * most for all keys together; and nobody may use it up so that an emergency freeze by an admin is refused.
 */
import type { RuleLevel } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { mongo } from 'mongoose';

/** Who makes a rule. */
export interface RuleMaker {
  operator: string;
  isAdmin: boolean;
  hasNetworks: boolean;
}

/** What a store makes a rule for without a caller: a test, or a script. */
export const ANY_MAKER: RuleMaker = { operator: '', isAdmin: true, hasNetworks: false };

export const toRuleLevel = ({ isAdmin }: RuleMaker): RuleLevel => (isAdmin ? 'admin' : 'operator');

/** Keys that are not admin leave this part to those that are. */
const RESERVE = 1 / 10;
/** A key with networks has at most this part. */
const SHARE = 1 / 4;
/** Keys that the error names. */
const NAMED = 3;

interface Quota {
  code: 'too_many_limits' | 'too_many_freezes' | 'too_many_exclusions';
  /** Of all keys together. */
  most: number;
  maker: RuleMaker;
  /** What a rule counts for, and how much comes. Default: 1. */
  each?: number | string;
  added?: number;
}

/** Rejects with the code if this key may make none besides those that the filter finds. */
export async function checkQuota<Rule extends { operator: string }>(
  rules: mongo.Collection<Rule>,
  filter: object,
  { code, most, maker, each = 1, added = 1 }: Quota,
): Promise<void> {
  const groups = await rules
    .aggregate<{ _id: string; count: number }>([
      { $match: filter },
      { $group: { _id: '$operator', count: { $sum: each } } },
      { $sort: { count: -1, _id: 1 } },
    ])
    .toArray();
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  const own = groups.find(({ _id }) => _id === maker.operator)?.count ?? 0;
  const mostOfAll = maker.isAdmin ? most : most - Math.ceil(most * RESERVE);
  const mostOfKey = maker.hasNetworks ? Math.floor(most * SHARE) : mostOfAll;
  if (added <= 0 || (all + added <= mostOfAll && own + added <= mostOfKey)) return;
  const users = groups.slice(0, NAMED).map(({ _id, count }) => `${_id}: ${count}`);
  const detail =
    own + added > mostOfKey
      ? `${maker.operator} has ${own}, and may have ${mostOfKey} of ${most}`
      : `there are ${all}, and ${maker.isAdmin ? 'all keys' : 'keys without the role admin'} may fill ${mostOfAll} of ${most} (${users.join(', ')})`;
  throw new AppError(code, { detail, limit: own + added > mostOfKey ? mostOfKey : mostOfAll });
}
