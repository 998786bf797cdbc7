import { QUEUES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { DONE } from '../src';
import type { ConsumerOptions } from '../src/consumer/consumer';
import { createGate, type Fixture, logger, setup } from './setup';

const { stateUpdates: queue } = QUEUES;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

let sent = 0;
const send = () => fixture.publisher.publish(queue.exchanges[0]!, queue.routingKey, sent++);

/** A consumer, and what it has got. */
async function consume(until?: Promise<void>, options: Partial<ConsumerOptions> = {}) {
  const { broker, publisher, testbed } = fixture;
  const got: unknown[] = [];
  const consumer = broker.createConsumer({
    queue,
    prefetch: 4,
    publisher,
    logger,
    ...options,
    async handle({ body }) {
      got.push(body);
      await until;
      return DONE;
    },
  });
  return { got, consumer: await testbed.start(consumer) };
}

it('gives all messages to one consumer, and to the next one when that has stopped', async () => {
  const [first, second] = [await consume(), await consume()];
  for (let n = 0; n < 20; n++) await send();
  await eventually(() => expect([first.got.length, second.got.length]).toEqual([20, 0]));
  await first.consumer.stop();
  for (let n = 0; n < 20; n++) await send();
  await eventually(() => expect([first.got.length, second.got.length]).toEqual([20, 20]));
});

it('gives the messages to the next consumer, while the first one holds others for long', async () => {
  const held = createGate();
  const first = await consume(held.passed, { idleRenewMs: 50, standByAfterMs: 1 });
  await send();
  await eventually(() => expect(first.got).toHaveLength(1));
  const second = await consume();
  await eventually(async () => {
    await send();
    return second.got.length > 0;
  });
  held.open();
});
