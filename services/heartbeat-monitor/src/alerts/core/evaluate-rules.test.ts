import fc from 'fast-check';
import type { AlertReading } from './alert-readings';
import { type EvaluatedAlert, evaluateRules, type PendingReadings } from './evaluate-rules';

const start = new Date('2026-01-31T12:00:00Z').getTime();
const at = (seconds: number) => new Date(start + seconds * 1_000);
const RULES = { clearShare: 0.8, quietMs: 600_000 };

const reading = (value: number, changes: Partial<AlertReading> = {}): AlertReading => ({
  rule: 'queue_backlog',
  subject: 'q',
  value,
  threshold: 100,
  forMs: 60_000,
  summary: `${value} wait`,
  ...changes,
});
const alert = (changes: Partial<EvaluatedAlert> = {}): EvaluatedAlert => ({
  alert_id: 'a',
  rule: 'queue_backlog',
  subject: 'q',
  state: 'firing',
  updated_time: at(0),
  ...changes,
});
const evaluate = (
  readings: AlertReading[],
  active: EvaluatedAlert[],
  { pending = new Map() as PendingReadings, seconds = 0 } = {},
) => evaluateRules(readings, active, pending, RULES, at(seconds));
const isKnown = (subject: string): PendingReadings =>
  new Map([[`queue_backlog ${subject}`, { reading: reading(100, { subject }), since: at(0) }]]);

describe('an alert is raised', () => {
  it.each<[string, AlertReading, number, boolean]>([
    ['when its value was at the threshold for the required time', reading(100), 60, true],
    ['when its value was above the threshold for longer', reading(500), 3_600, true],
    ['not when it was there for less', reading(500), 59.999, false],
    ['not when its value is below the threshold', reading(99.999), 60, false],
    ['at once when no time is required', reading(100, { forMs: 0 }), 0, true],
  ])('%s', (_name, now, seconds, raised) => {
    expect(evaluate([now], [], { pending: isKnown('q'), seconds }).raise).toEqual(raised ? [now] : []);
  });

  it('again and again until it is active, each subject on its own', () => {
    const both = [reading(100), reading(100, { subject: 'r' })];
    const first = evaluate(both, []);
    expect(first.raise).toEqual([]);
    const second = evaluate(both, [], { pending: first.pending, seconds: 60 });
    expect(second.raise).toEqual(both);
    const third = evaluate(both, [alert()], { pending: second.pending, seconds: 61 });
    expect(third.raise).toEqual([both[1]]);
    expect([...third.pending]).toEqual([['queue_backlog r', { reading: both[1], since: at(0) }]]);
  });

  it('after the whole time again, when its value was below the threshold for a moment', () => {
    const { pending } = evaluate([reading(99)], [], { pending: isKnown('q'), seconds: 30 });
    expect(evaluate([reading(100)], [], { pending, seconds: 60 })).toMatchObject({ raise: [] });
  });

  it('not when it is active already: firing, acknowledged, or resolved by an operator too early', () => {
    for (const state of ['firing', 'acknowledged', 'resolved'] as const) {
      expect(evaluate([reading(500)], [alert({ state })], { pending: isKnown('q'), seconds: 600 }).raise).toEqual([]);
    }
  });
});

describe('an alert is cleared', () => {
  it.each<[string, AlertReading[], Partial<EvaluatedAlert>, string | undefined]>([
    ['when its value is below the share of the threshold', [reading(79.999)], {}, '79.999 wait'],
    ['not when its value is at the share', [reading(80)], {}, undefined],
    ['when it is acknowledged and below the share', [reading(0)], { state: 'acknowledged' }, '0 wait'],
    [
      'when an operator resolved it and its value is below the share now',
      [reading(0)],
      { state: 'resolved' },
      '0 wait',
    ],
    ['when its subject no longer exists', [reading(500, { subject: 'r' })], {}, 'no longer exists'],
    ['not when its occurrence happened lately', [], { rule: 'dead_letter', updated_time: at(1) }, undefined],
    [
      'when its occurrence has not happened again',
      [],
      { rule: 'dead_letter', updated_time: at(0) },
      'has not happened again',
    ],
  ])('%s', (_name, readings, changes, reason) => {
    const { clear } = evaluate(readings, [alert(changes)], { seconds: 600 });
    expect(clear.map((each) => each.reason)).toEqual(reason === undefined ? [] : [reason]);
  });
});

it('shows the readings of open alerts, not of those that an operator resolved', () => {
  const open = alert({ state: 'acknowledged' });
  expect(evaluate([reading(90)], [open]).stay).toEqual([{ alert: open, reading: reading(90) }]);
  expect(evaluate([reading(90)], [alert({ state: 'resolved' })]).stay).toEqual([]);
});

/**
 * Feeds values, five seconds apart, like the sweep: a raised alert is active at the next value, a cleared one is not.
 */
function play(values: readonly number[], forMs: number) {
  let active: EvaluatedAlert[] = [];
  let pending: PendingReadings = new Map();
  const steps: { at: number; kind: 'raise' | 'clear' }[] = [];
  for (const [i, value] of values.entries()) {
    const now = reading(value, { forMs });
    const found = evaluateRules([now], active, pending, RULES, at(i * 5));
    pending = found.pending;
    if (found.raise.length > 0) active = [alert({ updated_time: at(i * 5) })];
    if (found.clear.length > 0) active = [];
    for (const kind of ['raise', 'clear'] as const) if (found[kind].length > 0) steps.push({ at: i, kind });
  }
  return steps;
}
const forMs = fc.constantFrom(0, 5_000, 20_000);

it('an alert never changes while its value swings within the band, raised or not', () => {
  const inside = fc.array(fc.double({ min: 80, max: 99.999, noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(inside, forMs, (values, time) => {
      expect(play(values, time)).toEqual([]);
      const raised = [100, 100, 100, 100, 100];
      expect(play([...raised, ...values], time)).toEqual([{ at: time / 5_000, kind: 'raise' }]);
    }),
  );
});

it('with any values: raise and clear take turns, each for its reason', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 75, max: 105 })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(values, forMs, (all, time) => {
      for (const [n, { at: i, kind }] of play(all, time).entries()) {
        expect(kind).toBe(n % 2 === 0 ? 'raise' : 'clear');
        if (kind === 'clear') expect(all[i]).toBeLessThan(80);
        else expect(Math.min(...all.slice(i - time / 5_000, i + 1))).toBeGreaterThanOrEqual(100);
      }
    }),
  );
});
