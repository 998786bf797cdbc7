import { roundBand, toEtaBand, toRate } from './eta-band';

const now = 1_000_000;

/** A sample each two seconds, with the rate of each minute, oldest first. */
function toSamples(perSecond: readonly number[]) {
  const samples = [{ time: now - perSecond.length * 60_000, closed: 0 }];
  for (const rate of perSecond) {
    for (let i = 0; i < 30; i += 1) {
      const last = samples.at(-1)!;
      samples.push({ time: last.time + 2_000, closed: last.closed + 2 * rate });
    }
  }
  return samples;
}

it.each([
  { rates: [10, 10, 10], open: 6_000, band: { from: 600, to: 600 } },
  { rates: [5, 10, 10, 20], open: 6_000, band: { from: 300, to: 1_200 } },
  { rates: [10, 0, 0], open: 6_000, band: undefined },
  { rates: [], open: 6_000, band: undefined },
])('rates of $rates a second and $open open addresses give $band', ({ rates, open, band }) => {
  expect(toEtaBand(toSamples(rates), open, now)).toEqual(band);
});

it('the longer nothing was heard of a task, the later it ends', () => {
  const samples = toSamples([10, 10]).filter(({ time }) => time <= now - 60_000);
  expect(toEtaBand(samples, 600, now - 60_000)).toEqual({ from: 60, to: 60 });
  expect(toEtaBand(samples, 600, now)).toBeUndefined();
});

it('the rate is that of the last minute', () => {
  expect(toRate(toSamples([100, 10]), now)).toBe(10);
  expect(toRate([{ time: now - 1_000, closed: 5 }], now)).toBeUndefined();
});

it.each([
  { from: 2, to: 33, unit: 'seconds', shown: [5, 35] },
  { from: 710, to: 950, unit: 'minutes', shown: [12, 16] },
  { from: 5_400, to: 9_000, unit: 'hours', shown: [1.5, 2.5] },
  { from: 86_400, to: 260_000, unit: 'days', shown: [1, 3] },
])('$from to $to seconds are shown as $shown $unit', ({ from, to, unit, shown }) => {
  const band = roundBand({ from, to });
  expect([band.unit, band.from, band.to]).toEqual([unit, ...shown]);
});
