import { createTargetIndex } from '@cyberstroll/targets';
import { beginExclusionWalk, findOwnExclusion, isExclusionWalkDone, takeExcludedPage } from './exclusion-walk';

const targets = createTargetIndex([{ targets: '10.0.0.0/28', count: 16, order: 'sequential', seed: 1 }]);
const one = (exclusion_id: string, target: string) => ({ exclusion_id, target, reason: 'r' });

it('returns what nobody has touched, and counts what is or will be cancelled, for the oldest exclusion', () => {
  const exclusions = [one('a', '10.0.0.2/31'), one('b', '10.0.0.0/29'), one('c', '10.1.0.0/16')];
  const walk = beginExclusionWalk('key', targets, exclusions);
  expect([walk.count, walk.own.map(({ exclusion }) => exclusion.exclusion_id)]).toEqual([8, ['a', 'b']]);
  const statuses = new Map([
    [0, 'COMPLETED'],
    [2, 'CANCELLED'],
    [4, 'FAILED'],
    [5, 'RETRYING'],
    [6, 'SCANNING'],
  ] as const);
  const facts = { statuses, toAddress: targets.member };
  const untouched = [takeExcludedPage(walk, [0, 1, 2, 3], facts), takeExcludedPage(walk, [4, 5, 6, 7], facts)].flat();
  expect(untouched.map(({ ip, exclusion }) => [ip, exclusion.exclusion_id])).toEqual([
    ['10.0.0.1', 'b'],
    ['10.0.0.3', 'a'],
    ['10.0.0.7', 'b'],
  ]);
  expect(walk.own.map(({ cancelled }) => cancelled)).toEqual([2, 4]);
  expect([isExclusionWalkDone(walk), findOwnExclusion(walk, '10.1.0.1')]).toEqual([true, undefined]);
});
