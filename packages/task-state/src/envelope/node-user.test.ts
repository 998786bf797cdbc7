import { createImpostorCheck } from './node-user';

const findImpostor = createImpostorCheck('service');
const headers = { 'x-replayed-user': 'node-lab' };

it.each([
  ['node-7', 'node-7'],
  ['node-edge', 'node-edge.1'],
  ['node-edge', 'node-edge.host.example'],
])('the user %s may speak as the node %s', (userId, nodeId) => {
  expect(findImpostor(nodeId, { userId, headers: {} })).toBeUndefined();
});

it.each([
  ['node-edge', 'node-lab.1'],
  ['node-edge', 'node-edge-2.1'],
  ['node-edge', 'node-edg'],
  ['node-edge.1', 'node-edge'],
  ['', 'node-7'],
  ['service', 'node-7'],
])('the user %s may not speak as the node %s', (userId, nodeId) => {
  expect(findImpostor(nodeId, { userId, headers: {} })).toContain(nodeId);
});

it('a message without a user speaks for no node', () => {
  expect(findImpostor('node-7', { headers: {} })).toContain('needs a user_id');
});

it('believes services alone who had sent what is replayed', () => {
  expect(findImpostor('node-lab.1', { userId: 'service', headers })).toBeUndefined();
  expect(findImpostor('node-edge.1', { userId: 'service', headers })).toContain('node-lab');
  expect(findImpostor('node-lab.1', { userId: 'node-edge', headers })).toContain('node-edge');
  expect(createImpostorCheck(undefined)('node-lab.1', { headers })).toContain('needs a user_id');
});
