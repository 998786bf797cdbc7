import { readEnvironment } from './read-environment';

it('has the options of a node from the variables of the contract, and defaults for the others', () => {
  const environment = { NODE_ID: 'n', POOLS: ' a, b ', CAPACITY: '4', SCAN_SCOPE: '10.0.0.0/8', LEASE_MS: '9000' };
  const { scope, ...options } = readEnvironment({ ...environment, DRAIN_TIMEOUT_MS: '', RABBITMQ_URL: ' ' });
  expect(options).toEqual({
    rabbitmqUrl: 'amqp://127.0.0.1',
    nodeId: 'n',
    pools: ['a', 'b'],
    capacity: 4,
    leaseMs: 9_000,
  });
  expect([scope.allows('10.0.0.1'), scope.allows('127.0.0.1')]).toEqual([true, false]);
  expect(readEnvironment({})).toMatchObject({ pools: ['default'], capacity: 64 });
  expect(readEnvironment({}).scope.allows('127.0.0.1')).toBe(true);
});

it.each([
  ['CAPACITY', 'x'],
  ['LEASE_MS', '-1'],
  ['SCAN_SCOPE', '127.1'],
])('names the variable that is not valid: %s=%s', (name, text) => {
  expect(() => readEnvironment({ [name]: text })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(name) }),
  );
});
