import { toDepths, toPurpose } from './queues';

const at = (second: number) => `2026-01-01T00:00:${second}Z`;
const QUEUES = { every: 10, queues: ['jobs', 'updates'] };

it('counts a queue that a sample does not name as empty, and leaves a gap where nobody read the queues', () => {
  const depths = toDepths(
    [
      { timestamp: at(10) },
      { timestamp: at(20), queues: [{ queue: 'jobs', messages: 3 }] },
      { timestamp: at(30), queues: [] },
      { timestamp: at(59), queues: [{ queue: 'jobs', messages: 7 }] },
    ],
    QUEUES,
  );
  expect(depths.get('jobs')!.values).toEqual([null, 3, 0, null, 7]);
  expect(depths.get('updates')!.values).toEqual([null, 0, 0, null, 0]);
  const { times } = depths.get('jobs')!;
  expect(times.map((time) => time - times[0]!)).toEqual([0, 10, 20, 30, 49]);
});

it('knows nothing without samples, and without queues in them', () => {
  expect(toDepths([], QUEUES).size).toBe(0);
  expect(toDepths([{ timestamp: at(10) }], QUEUES).size).toBe(0);
});

it.each([
  ['cs.updates', 'updates', ''],
  ['cs.heartbeats.nodes', 'heartbeats', ''],
  ['cs.dead-letters', 'dead_letters', ''],
  ['cs.jobs.edge.1', 'jobs', 'edge.1'],
  ['cs.jobs.', 'other', ''],
  ['mine', 'other', ''],
])('%s is for %s of %j', (queue, kind, pool) => {
  expect(toPurpose(queue)).toEqual({ kind, pool });
});
