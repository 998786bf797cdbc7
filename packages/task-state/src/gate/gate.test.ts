import { askGate, type GateFacts, type GateRules } from './gate';
import type { FreezeRule } from './hold';

const NOW = new Date('2026-12-02T12:00:00.000Z');
const at = (hours: number) => new Date(NOW.getTime() + 3_600_000 * hours);
const task = (change: Partial<GateFacts> = {}, config: Partial<GateFacts['config']> = {}): GateFacts => ({
  status: 'RUNNING',
  config: { pool: 'default', ...config },
  labels: [],
  target_ranges: [],
  ...change,
});
const rule = (change: Partial<FreezeRule>): FreezeRule => ({
  freeze_id: 'f'.repeat(24),
  kind: 'blackout',
  covers: { all: true },
  reason: 'test',
  operator: 'ada',
  from: at(-1),
  running: 'end',
  ...change,
});
/** Open from 10 to 14 o'clock. */
const windows = [
  { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '10:00', to: '14:00', time_zone: 'UTC' },
] satisfies GateFacts['config']['windows'];
const NOTHING: GateRules = { freezes: [] };

it.each<[string, GateFacts, GateRules, object]>([
  ['is open without a rule', task(), NOTHING, { mayBegin: true, until: undefined }],
  ['is closed for a paused task', task({ status: 'PAUSED' }), NOTHING, { mayBegin: false, cause: 'paused' }],
  ['is closed by a freeze', task(), { freezes: [rule({ kind: 'freeze' })] }, { mayBegin: false, cause: 'frozen' }],
  [
    'is closed by a freeze that was stored by a clock ahead',
    task(),
    { freezes: [rule({ kind: 'freeze', from: at(1) })] },
    { mayBegin: false, cause: 'frozen' },
  ],
  [
    'is closed until a blackout ends',
    task(),
    { freezes: [rule({ until: at(1) })] },
    { cause: 'blackout', until: at(1) },
  ],
  ['is open until a blackout begins', task(), { freezes: [rule({ from: at(2), until: at(3) })] }, { until: at(2) }],
  [
    'does not mind a rule that covers others',
    task(),
    { freezes: [rule({ covers: { pool: 'dmz' } }), rule({ covers: { pool: 'dmz' }, from: at(1), until: at(2) })] },
    { mayBegin: true, until: undefined },
  ],
  ['is open until its window closes', task({}, { windows }), NOTHING, { mayBegin: true, until: at(2) }],
  [
    'is open until the first of both',
    task({}, { windows }),
    { freezes: [rule({ from: at(1), until: at(3) })] },
    { mayBegin: true, until: at(1) },
  ],
  [
    'is closed for an excluded address',
    task(),
    { freezes: [], exclusions: [{ until: at(5) }] },
    { cause: 'excluded', until: at(5) },
  ],
  [
    'is open until an address is excluded',
    task(),
    { freezes: [], exclusions: [{ from: at(1) }] },
    { mayBegin: true, until: at(1) },
  ],
  ['is closed by a full limit', task(), { freezes: [], full: {} }, { mayBegin: false, cause: 'limit' }],
  [
    'names the hold before the limit',
    task(),
    { freezes: [rule({})], full: {} },
    { mayBegin: false, cause: 'blackout' },
  ],
])('the gate %s', (_name, facts, rules, expected) => {
  expect(askGate(facts, rules, NOW)).toMatchObject(expected);
});

it('the gate changes its answer at `until`, and not before', () => {
  const facts = task({}, { windows });
  const rules = { freezes: [rule({ from: at(4.5), until: at(5) })] };
  let now = new Date('2026-12-02T00:00:00.000Z');
  const changes: [string, boolean][] = [];
  while (now < at(24)) {
    const answer = askGate(facts, rules, now);
    changes.push([now.toISOString().slice(11, 16), answer.mayBegin]);
    const just = new Date(answer.until!.getTime() - 1);
    expect(askGate(facts, rules, just).mayBegin).toBe(answer.mayBegin);
    now = answer.until!;
  }
  expect(changes).toEqual([
    ['00:00', false],
    ['10:00', true],
    ['14:00', false],
    ['10:00', true],
  ]);
});
