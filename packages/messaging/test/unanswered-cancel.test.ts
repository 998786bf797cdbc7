import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { DONE } from '../src';
import { createGate, type Fixture, logger, setup } from './setup';

/** Class and method of `basic.cancel`. */
const CANCEL = Buffer.from([0, 60, 0, 30]);
const { name: queue, routingKey } = QUEUES.stateUpdates;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('a consumer that stops while the broker does not answer gives back once what still comes', async () => {
  const { broker, publisher, proxy, testbed } = fixture;
  const answered = createGate();
  const handled = createGate();
  const warn = jest.fn();
  const consumer = await testbed.start(
    broker.createBatchConsumer({
      queue: QUEUES.stateUpdates,
      prefetch: 100,
      maxMessages: 1,
      maxWaitMs: 1,
      async handle(deliveries) {
        await handled.passed;
        return deliveries.map(() => DONE);
      },
      finishWithinMs: 60_000,
      publisher,
      logger: { ...logger, warn },
    }),
  );
  /** Resolves when the consumer has it. */
  const send = async (body: string) => {
    await publisher.publish(EXCHANGES.state.name, routingKey, body);
    await eventually(async () => expect((await broker.queueDepth(queue)).known).toBe(0));
  };
  await send('first');
  // From here on it takes more than one message at a time.
  await send('second');
  proxy.intercept((request) => (request.includes(CANCEL) ? { after: answered.passed } : undefined));
  const stopped = consumer.stop();
  await eventually(() => expect(warn.mock.calls.flat()).toContainEqual(expect.stringMatching(/without an answer/)));
  await send('late');
  await send('later');
  handled.open();
  answered.open();
  await stopped;
  const rest = await fixture.take(queue, 2);
  expect(rest.map(({ properties }) => properties.headers?.['x-delivery-count'])).toEqual([1, 1]);
});
