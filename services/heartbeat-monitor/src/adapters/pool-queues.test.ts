import { testLogger } from '@cyberstroll/testkit';
import { createPoolQueues } from './pool-queues';

function setup() {
  const declared: string[] = [];
  const broker = { declareJobQueue: async (pool: string) => void declared.push(pool) };
  return { declared, broker, note: createPoolQueues({ broker, logger: testLogger }) };
}

it('declares the queue of each pool once', () => {
  const { declared, note } = setup();
  for (const pools of [['default'], ['default', 'edge'], ['edge']]) note(pools);
  expect(declared).toEqual(['default', 'edge']);
});

it('declares a queue again that RabbitMQ could not declare', async () => {
  const { declared, broker, note } = setup();
  const { declareJobQueue } = broker;
  broker.declareJobQueue = () => Promise.reject(new Error('not connected'));
  note(['edge']);
  await new Promise(setImmediate);
  broker.declareJobQueue = declareJobQueue;
  note(['edge']);
  expect(declared).toEqual(['edge']);
});

it('declares 100 queues at most, whatever pools nodes name', () => {
  const { declared, note } = setup();
  for (let i = 0; i < 300; i++) note([`pool-${i}`]);
  expect(declared).toHaveLength(100);
});
