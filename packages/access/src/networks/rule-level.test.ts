import type { RuleLevel } from '@cyberstroll/contracts';
import { createKeyScope } from './key-scope';
import { findRuleProhibition } from './rule-level';

it.each<[RuleLevel | undefined, string[] | undefined, RegExp]>([
  ['admin', ['10.1.0.0/16'], /^ada set r as an admin, and key team-a has networks/],
  ['admin', undefined, /^$/],
  ['operator', ['10.1.0.0/16'], /^$/],
  [undefined, ['10.1.0.0/16'], /^$/],
])('a rule of level %s is refused to a key with the networks %j: %s', (level, networks, reason) => {
  const caller = { name: 'team-a', ...(networks && { scope: createKeyScope(networks) }) };
  expect(findRuleProhibition(caller, { id: 'r', level, operator: 'ada' }) ?? '').toMatch(reason);
});
