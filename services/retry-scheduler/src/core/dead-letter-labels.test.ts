import { createDeadLetterLabels } from './dead-letter-labels';

it.each([
  ['cs.updates', 'cs.updates'],
  ['cs.heartbeats.nodes', 'cs.heartbeats.nodes'],
  ['cs.jobs.default', 'cs.jobs'],
  ['cs.jobs.edge', 'cs.jobs'],
  ['cs.jobs.NOT A POOL', 'other'],
  ['anything', 'other'],
])('a dead letter of %s is of %s', (queue, origin) => {
  expect(createDeadLetterLabels()({ reason: 'not_json', queue })).toEqual({ reason: 'not_json', origin });
});

it('has at most the allowed number of reasons, and only codes', () => {
  const toLabels = createDeadLetterLabels(2);
  const reasons = ['first', 'No Code', 'second', 'third', 'first', 'a'.repeat(51), 'second', ''];
  expect(reasons.map((reason) => toLabels({ reason, queue: 'q' }).reason)).toEqual([
    'first',
    'other',
    'second',
    'other',
    'first',
    'other',
    'second',
    'other',
  ]);
});
