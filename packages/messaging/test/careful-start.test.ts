import { EXCHANGES, QUEUES, type QueueSpec } from '@cyberstroll/contracts';
import { AppError, createGroup } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { createBroker, DONE } from '../src';
import { createGate, type Fixture, logger, setup } from './setup';

const LIMIT = 4;
const PREFETCH = 64;
const POISON = 40;
/** Its delivery limit is lower than that of ours, so that few crashes show it. */
const QUEUE: QueueSpec = {
  name: 'crashing',
  exchanges: [EXCHANGES.state.name],
  routingKey: 'crashing',
  arguments: { ...QUEUES.stateUpdates.arguments, 'x-delivery-limit': LIMIT },
};

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

/**
 * One life of a consumer; `crashed` resolves when its process is as good as dead, which is when it handles the poison.
 */
async function live(done: Set<unknown>) {
  const { proxy } = fixture;
  const broker = createBroker({ url: proxy.url, name: 'crashing', logger });
  const publisher = broker.createPublisher();
  const crash = createGate();
  const consumer = broker.createBatchConsumer({
    queue: QUEUE,
    prefetch: PREFETCH,
    maxMessages: PREFETCH,
    maxWaitMs: 1,
    finishWithinMs: 0,
    publisher,
    logger,
    async handle(deliveries) {
      if (deliveries.some(({ body }) => body === POISON)) {
        proxy.cut();
        crash.open();
        throw new AppError('mongodb_unavailable', { detail: 'a dead process handles nothing' });
      }
      for (const { body } of deliveries) done.add(body);
      return deliveries.map(() => DONE);
    },
  });
  const life = createGroup('life', [broker, publisher, consumer]);
  await life.start();
  return { crashed: crash.passed, stop: () => life.stop() };
}

it('a message that its consumer crashes on reaches its delivery limit alone: its neighbours are handled', async () => {
  const { channel, proxy, publisher } = fixture;
  const done = new Set<unknown>();
  await channel.assertQueue(QUEUE.name, { durable: true, arguments: QUEUE.arguments });
  await channel.bindQueue(QUEUE.name, EXCHANGES.state.name, QUEUE.routingKey);
  const bodies = Array.from({ length: PREFETCH }, (_, n) => n);
  await Promise.all(bodies.map((body) => publisher.publish(EXCHANGES.state.name, QUEUE.routingKey, body)));

  for (let crashes = 0; crashes <= LIMIT; crashes++) {
    const life = await live(done);
    await life.crashed;
    await life.stop();
    proxy.restore();
  }
  const life = await live(done);
  await eventually(() => expect([...done].sort()).toEqual(bodies.filter((body) => body !== POISON).sort()));
  expect(await fixture.drain(QUEUES.deadLetters.name, 1)).toEqual([POISON]);
  await life.stop();
});
