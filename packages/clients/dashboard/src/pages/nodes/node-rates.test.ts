import { toNodeRates, toRateNow } from './node-rates';

/** Three intervals of 100 s; the last one began `begun` seconds ago. */
const toAnswer = (begun: number, more = false) => ({
  since: '2026-01-01T12:00:00.000Z',
  timestamp: new Date(Date.parse('2026-01-01T12:00:00Z') + (200 + begun) * 1_000).toISOString(),
  interval_seconds: 100,
  more,
  items: [{ node_id: 'a', completed: [100, 200, 160], failed: [1, 0, 2] }],
});

it.each([
  [80, [1, 2, 2]],
  [20, [1, 2]],
])('the interval that began %i s ago counts for its own time, once that is long enough', (begun, rates) => {
  const rate = toNodeRates(toAnswer(begun))('a')!;
  expect(rate).toEqual({ rates, failures: 3 });
  expect(toRateNow(rate)).toBe(2);
});

it('a node that closed nothing has a rate of 0, unless the answer may have left it out', () => {
  expect(toNodeRates(toAnswer(80))('b')).toEqual({ rates: [0, 0, 0], failures: 0 });
  expect(toNodeRates(toAnswer(80, true))('b')).toBeUndefined();
});
