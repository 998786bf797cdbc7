import { findPassedLimit } from './backlog';

const LIMITS = { maxMessages: 20, maxLagSeconds: 5 };

it.each([
  ['an empty queue', { messages: 0, lagSeconds: 0 }, undefined],
  ['a backlog at both limits', { messages: 20, lagSeconds: 5 }, undefined],
  ['one message too many', { messages: 21, lagSeconds: 0 }, { limit: 20, detail: expect.stringContaining('21') }],
  ['a short queue that lags', { messages: 1, lagSeconds: 5.1 }, { limit: 5, detail: expect.stringContaining('5 s') }],
  ['both limits passed: the messages count first', { messages: 21, lagSeconds: 60 }, { limit: 20 }],
])('compares the backlog with its limits: %s', (_case, backlog, expected) => {
  const passed = findPassedLimit(backlog, LIMITS);
  if (expected) expect(passed).toMatchObject(expected);
  else expect(passed).toBeUndefined();
});
