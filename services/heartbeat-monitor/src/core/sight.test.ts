import { canJudgeSilence, look, openSight, type Sight } from './sight';

const START = new Date('2026-01-01T12:00:00Z');
const after = (ms: number) => new Date(START.getTime() + ms);
const RULES = { timeoutMs: 15_000, maxGapMs: 5_000 };

function watch(
  until: number,
  { cutAt, stalledAt, deafFor = 0 }: { cutAt?: number; stalledAt?: number; deafFor?: number } = {},
): Sight {
  let sight = openSight(START);
  for (let ms = 1_000; ms <= until; ms += 1_000) {
    if (stalledAt !== undefined && ms > stalledAt && ms < stalledAt + 8_000) continue;
    const deafMs = ms > 20_000 && ms <= 20_000 + deafFor ? ms - 20_000 : 0;
    sight = look(sight, { connected: ms !== cutAt, deafMs, now: after(ms), maxGapMs: RULES.maxGapMs });
  }
  return sight;
}

describe('sight', () => {
  it.each([
    ['just started', watch(14_000), 14_000, false],
    ['up for a timeout', watch(15_000), 15_000, true],
    ['cut off a moment ago', watch(40_000, { cutAt: 30_000 }), 40_000, false],
    ['whole again for a timeout', watch(45_000, { cutAt: 30_000 }), 45_000, true],
    ['stood still a moment ago', watch(40_000, { stalledAt: 30_000 }), 40_000, false],
    ['that consumed nothing for a moment', watch(30_000, { deafFor: 5_000 }), 30_000, true],
    ['that consumed nothing for longer', watch(30_000, { deafFor: 6_000 }), 30_000, false],
    ['that consumes again for a timeout', watch(41_000, { deafFor: 6_000 }), 41_000, true],
    ['that has stood still until now', watch(30_000), 36_000, false],
    ['whose look-out has stopped', watch(20_000), 40_000, false],
  ])('of a monitor %s', (_, sight, ms, expected) => {
    expect(canJudgeSilence(sight, RULES, after(ms))).toBe(expected);
  });
});
