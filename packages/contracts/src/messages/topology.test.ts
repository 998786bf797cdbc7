import { MAX_STATE_QUEUES, QUEUES, STATE_QUEUE_NAMES, toStateQueues, toUpdatesKey } from './topology';

const TASKS = Array.from(
  { length: 6_000 },
  (_, i) => `65f0a1b2c3d4e5f601${(i + 0x23_45_67).toString(16).padStart(6, '0')}`,
);

it('has one queue of updates where nothing is said, the one that every node knows', () => {
  expect(toStateQueues(1)).toEqual([QUEUES.stateUpdates]);
  expect(new Set(TASKS.map((task) => toUpdatesKey(task, 1)))).toEqual(new Set(['updates']));
});

it.each([2, 3, 16])('spreads tasks evenly over %i queues, each by a key of its own', (count) => {
  const queues = toStateQueues(count);
  expect(queues.map(({ name }) => name)).toEqual(STATE_QUEUE_NAMES.slice(0, count));
  const tasks = new Map(queues.map(({ routingKey }) => [routingKey, 0]));
  for (const task of TASKS) tasks.set(toUpdatesKey(task, count), tasks.get(toUpdatesKey(task, count))! + 1);
  for (const number of tasks.values()) expect(Math.abs(number - TASKS.length / count)).toBeLessThanOrEqual(1);
  const others = queues.slice(1).map(({ exchanges, arguments: args }) => ({ exchanges, ...args }));
  for (const [place, other] of others.entries()) {
    const { exchanges, arguments: args } = QUEUES.stateUpdates;
    expect(other).toEqual({ exchanges, ...args, 'x-dead-letter-routing-key': STATE_QUEUE_NAMES[place + 1] });
  }
});

it('has no more names than queues that there may be', () => {
  expect(new Set(STATE_QUEUE_NAMES).size).toBe(MAX_STATE_QUEUES);
});
