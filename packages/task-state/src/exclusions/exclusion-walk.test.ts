import { createTargetIndex, parseTargets } from '@cyberstroll/targets';
import { createExclusionIndex } from './exclusion-index';
import { isExclusionWalkDone, takeExcludedPage } from './exclusion-walk';

const targets = createTargetIndex([{ targets: '10.0.0.0/28', count: 16, order: 'sequential', seed: 1 }]);
const one = (exclusion_id: string, target: string) => ({
  exclusion_id,
  target,
  reason: 'r',
  set: parseTargets(target),
});

it('returns what nobody has touched, and counts what is or will be cancelled, for the oldest exclusion', () => {
  const exclusions = [one('a', '10.0.0.2/31'), one('b', '10.0.0.0/29'), one('c', '10.1.0.0/16')];
  const index = createExclusionIndex(exclusions);
  const walk = { key: 'key', index, count: targets.findCommon(index.set).count, place: 0, cancelled: new Map() };
  expect(walk.count).toBe(8);
  const statuses = new Map([
    [0, 'COMPLETED'],
    [2, 'CANCELLED'],
    [4, 'FAILED'],
    [5, 'RETRYING'],
    [6, 'SCANNING'],
  ] as const);
  const facts = { statuses, toAddress: targets.member };
  const first = takeExcludedPage(walk, [0, 1, 2, 3], facts);
  const second = takeExcludedPage(first.next, [4, 5, 6, 7], facts);
  const untouched = [...first.untouched, ...second.untouched];
  expect(untouched.map(({ ip, exclusion }) => [ip, exclusion.exclusion_id])).toEqual([
    ['10.0.0.1', 'b'],
    ['10.0.0.3', 'a'],
    ['10.0.0.7', 'b'],
  ]);
  expect([...second.next.cancelled]).toEqual([
    ['b', 4],
    ['a', 2],
  ]);
  expect([walk, first.next, second.next].map(isExclusionWalkDone)).toEqual([false, false, true]);
});
