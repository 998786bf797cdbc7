import { parseTargets } from '@cyberstroll/targets';
import { addTakenOut, NEVER, takeOutExcluded, toExclusionState } from './exclusions';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const one = (exclusion_id: string, target: string) => ({
  exclusion_id,
  target,
  reason: 'r',
  set: parseTargets(target),
});

it.each([
  [{ start: at(1), until: NEVER }, 'in_force'],
  [{ start: at(2), until: NEVER }, 'planned'],
  [{ start: at(0), until: at(1) }, 'ended'],
  [{ start: at(0), until: at(2) }, 'in_force'],
])('%j: %s', (exclusion, state) => {
  expect(toExclusionState(exclusion, at(1))).toBe(state);
});

it('is in force in its hours, by the clock of their zone, and planned outside of them', () => {
  const hours = [{ days: ['thu' as const], from: '08:00', to: '18:00', time_zone: 'Asia/Shanghai' }];
  const stateAt = (hour: number) =>
    toExclusionState({ start: at(0), until: NEVER, hours }, new Date(Date.UTC(2026, 0, 1, hour)));
  expect([0, 9, 10, 24].map(stateAt)).toEqual(['in_force', 'in_force', 'planned', 'planned']);
});

it('takes out what is excluded, and counts each address once, but for each of its exclusions', () => {
  const exclusions = [one('a', '10.0.0.0/25'), one('b', '10.0.0.64/26'), one('c', '::1')];
  const taken = takeOutExcluded(parseTargets('10.0.0.0/24'), exclusions);
  expect([taken.targets.toText(), taken.excluded.count]).toEqual(['10.0.0.128/25', 128n]);
  expect(taken.by.map(({ exclusion_id, count }) => [exclusion_id, count])).toEqual([
    ['a', 128],
    ['b', 64],
  ]);
  const more = takeOutExcluded(parseTargets('::1, ::2, 10.0.0.7'), exclusions);
  const shown = addTakenOut(addTakenOut(undefined, taken, taken.excluded), more, taken.excluded.union(more.excluded));
  expect([shown.target, shown.count]).toEqual(['10.0.0.0/25,::1', 129]);
  expect(shown.by.map(({ exclusion_id, count }) => [exclusion_id, count])).toEqual([
    ['a', 129],
    ['b', 64],
    ['c', 1],
  ]);
});
