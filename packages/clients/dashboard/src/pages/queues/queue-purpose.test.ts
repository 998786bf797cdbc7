import { toPurpose } from './queue-purpose';

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
