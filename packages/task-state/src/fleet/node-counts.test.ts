import { createNodeTally, sumNodeCounts } from './node-counts';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const closed = (node_id: string | undefined, ...statuses: ('SCANNING' | 'COMPLETED' | 'FAILED' | 'TIMEOUT')[]) =>
  statuses.map((status) => ({ status, node_id }));

it('counts what nodes close, by interval: the whole of one that has changed, also if that is written late', () => {
  const tally = createNodeTally();
  const givenBack = { status: 'FAILED', node_id: 'a', error_code: 'NODE_DRAINING' } as const;
  tally.add(
    [...closed('a', 'SCANNING', 'COMPLETED', 'FAILED'), ...closed(undefined, 'FAILED'), givenBack],
    at('12:04:00'),
  );
  const first = { timestamp: at('12:00:00'), nodes: [{ node_id: 'a', completed: 1, failed: 1 }] };
  expect([tally.hasChanged(), tally.takeChanged(at('12:04:00'))]).toEqual([true, [first]]);
  expect([tally.hasChanged(), tally.takeChanged(at('12:05:00'))]).toEqual([false, []]);

  tally.add(closed('b', 'COMPLETED'), at('12:05:01'));
  // Of a batch that began before the end of the interval.
  tally.add(closed('a', 'TIMEOUT'), at('12:04:59'));
  const whole = { ...first, nodes: [{ node_id: 'a', completed: 1, failed: 2 }] };
  const second = { timestamp: at('12:05:00'), nodes: [{ node_id: 'b', completed: 1, failed: 0 }] };
  expect(tally.takeChanged(at('12:05:02'))).toEqual([second, whole]);
  // It could not be written.
  tally.putBack([whole]);
  expect(tally.takeChanged(at('12:10:00'))).toEqual([whole]);

  expect(tally.takeChanged(at('12:10:00'))).toEqual([]);
  tally.add(closed('a', 'COMPLETED'), at('12:04:59'));
  const later = { ...first, nodes: [{ node_id: 'a', completed: 1, failed: 0 }] };
  expect(tally.takeChanged(at('12:10:00'))).toEqual([later]);
});

it('sums the counts of all updaters in the last hour, by name, and says if there are more', () => {
  const of = (timestamp: Date, ...nodes: [string, number, number][]) => ({
    timestamp,
    nodes: nodes.map(([node_id, completed, failed]) => ({ node_id, completed, failed })),
  });
  const now = at('12:58:00');
  const counted = [
    of(at('11:55:00'), ['a', 100, 100]),
    of(at('12:00:00'), ['b', 1, 0], ['a', 2, 3]),
    of(at('12:55:00'), ['a', 4, 0]),
    of(at('12:55:00'), ['a', 5, 1]),
  ];
  const between = Array(10).fill(0);
  const a = { node_id: 'a', completed: [2, ...between, 9], failed: [3, ...between, 1] };
  const b = { node_id: 'b', completed: [1, ...between, 0], failed: [0, ...between, 0] };
  const facts = { since: at('12:00:00'), timestamp: now, interval_seconds: 300 };
  expect(sumNodeCounts(counted, now, 2)).toEqual({ ...facts, more: false, items: [a, b] });
  expect(sumNodeCounts(counted, now, 1)).toEqual({ ...facts, more: true, items: [a] });
});
