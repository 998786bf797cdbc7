import { compareFailures } from './compare-failures';

const nodes = [
  { node_id: 'a', completed: 60, failed: 20, share: 0.4 },
  { node_id: 'b', completed: 90, failed: 10, share: 0.5 },
  { node_id: 'c', completed: 18, failed: 2, share: 0.1 },
];

it('compares what a node failed with what the others failed', () => {
  expect(compareFailures(nodes, 'a')).toEqual({ share: 0.4, own: 0.25, others: 0.1 });
});

it('says nothing about a node that has closed nothing, and nothing of others where there are none', () => {
  expect(compareFailures(nodes, 'd')).toEqual({ share: 0, own: null, others: 32 / 200 });
  expect(compareFailures(nodes.slice(0, 1), 'a')).toEqual({ share: 0.4, own: 0.25, others: null });
});
