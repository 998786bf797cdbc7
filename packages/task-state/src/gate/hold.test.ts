import type { Hold, ScanWindow } from '@cyberstroll/contracts';
import { type FreezeRule, findBeginning, findHold, type HoldFacts } from './hold';

const NOW = new Date('2026-11-28T12:00:00Z');
const after = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const toRule = (rule: Partial<FreezeRule>): FreezeRule => ({
  freeze_id: 'f'.repeat(24),
  kind: 'freeze',
  covers: { all: true },
  reason: 'an outage',
  operator: 'ada',
  from: after(-10),
  ...rule,
});
const DAY: ScanWindow = { days: ['sat'], from: '13:00', to: '18:00', time_zone: 'UTC' };
const task: HoldFacts = { config: { pool: 'default' }, labels: ['prod'], target_ranges: [] };
const windowed: HoldFacts = { ...task, config: { pool: 'default', windows: [DAY] } };

describe('findHold', () => {
  const blackout = toRule({ freeze_id: 'b'.repeat(24), kind: 'blackout', until: after(30) });
  it.each<[string, HoldFacts, FreezeRule[], Hold['code'] | undefined, Date | undefined]>([
    ['no rule', task, [], undefined, undefined],
    ['a freeze', task, [toRule({})], 'frozen', undefined],
    ['a freeze of another pool', task, [toRule({ covers: { pool: 'dmz' } })], undefined, undefined],
    ['a blackout', task, [blackout], 'blackout', after(30)],
    ['a blackout that has not begun', task, [{ ...blackout, from: after(1) }], undefined, undefined],
    ['a blackout that ends now', task, [{ ...blackout, until: NOW }], undefined, undefined],
    ['a freeze before a blackout', task, [blackout, toRule({ until: after(5) })], 'frozen', after(5)],
    ['of two freezes the longer', task, [toRule({ until: after(5) }), toRule({})], 'frozen', undefined],
    ['a closed window', windowed, [], 'outside_window', after(60)],
    ['a blackout before a closed window', windowed, [blackout], 'blackout', after(30)],
  ])('%s', (_, facts, rules, code, until) => {
    const hold = findHold(facts, rules, NOW);
    expect([hold?.code, hold?.until]).toEqual([code, until]);
  });

  const aborting = toRule({ running: 'abort', until: after(5) });
  const closing: HoldFacts = { ...windowed, config: { ...windowed.config, at_close: 'abort' } };
  const heldBy = (facts: HoldFacts, rules: FreezeRule[]) => ({ ...facts, hold: findHold(facts, rules, NOW)! });
  it.each<[string, HoldFacts, FreezeRule[], Hold['running']]>([
    ['a freeze', task, [toRule({})], undefined],
    ['a freeze that aborts', task, [aborting], 'abort'],
    ['another freeze is named, which lasts longer', task, [toRule({}), aborting], 'abort'],
    ['a window that aborts has closed', closing, [], 'abort'],
    ['such a window has closed during a freeze', closing, [toRule({})], 'abort'],
    [
      'such a window is open during a freeze',
      { ...closing, config: { pool: 'default', at_close: 'abort' } },
      [toRule({})],
      undefined,
    ],
    ['the one that aborted is over', heldBy(task, [aborting]), [toRule({})], 'abort'],
  ])('what it does to running scans: %s', (_, facts, rules, running) => {
    expect(findHold(facts, rules, NOW)!.running).toBe(running);
  });

  const network = { first: '40a000100', last: '40a0001ff' };
  it.each<[string, HoldFacts['target_ranges'], 'frozen' | undefined]>([
    ['wholly inside them', [network], 'frozen'],
    ['partly outside', [{ ...network, last: '40a0100ff' }], undefined],
  ])('a freeze by a key with networks, and a task %s', (_, target_ranges, code) => {
    const rule = toRule({ covers: { network: '10.0.1.0/25' }, within: ['10.0.1.0/25', '10.0.1.128/25'] });
    expect(findHold({ ...task, target_ranges }, [rule], NOW)?.code).toBe(code);
  });

  it('keeps since when the task is held while one rule follows another', () => {
    const hold = findHold(task, [toRule({})], after(-5))!;
    expect(findHold({ ...task, hold }, [blackout], NOW)).toMatchObject({ code: 'blackout', since: after(-5) });
  });
});

it.each<[string, HoldFacts, FreezeRule[], Date | undefined]>([
  ['now', task, [], NOW],
  ['when its window opens', windowed, [], after(60)],
  ['when a blackout ends that begins before its window opens', windowed, [toRule({ until: after(90) })], after(90)],
  [
    'in its next window, if a blackout lasts longer than this one',
    windowed,
    [toRule({ from: after(30), until: after(400) })],
    after(7 * 1_440 + 60),
  ],
  ['when somebody lifts the freeze', windowed, [toRule({})], undefined],
])('findBeginning: %s', (_, facts, rules, expected) => {
  expect(findBeginning(facts, rules, NOW)).toEqual(expected);
});
