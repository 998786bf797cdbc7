import { QUEUES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { DONE } from '../src';
import type { ConsumerOptions } from '../src/consumer/consumer';
import { createGate, logger, setup } from './setup';

const { stateUpdates: queue } = QUEUES;

it('has all messages with one consumer, until that lets the next one have them, or holds one for long', async () => {
  const { broker, publisher, testbed, cleanup } = await setup();
  try {
    const got: Record<'a' | 'b', unknown[]> = { a: [], b: [] };
    const held = createGate();
    let isHeld = false;
    const consume = (name: 'a' | 'b', options: Partial<ConsumerOptions>) =>
      testbed.start(
        broker.createConsumer({
          queue,
          prefetch: 4,
          publisher,
          logger,
          ...options,
          async handle({ body }) {
            got[name].push(body);
            if (name === 'b' && isHeld) await held.passed;
            return DONE;
          },
        }),
      );
    const [a] = [await consume('a', {}), await consume('b', { idleRenewMs: 50, standByAfterMs: 1 })];
    let sent = 0;
    const send = () => publisher.publish(queue.exchanges[0]!, queue.routingKey, sent++);

    for (let n = 0; n < 20; n++) await send();
    await eventually(() => expect(got).toEqual({ a: Array.from({ length: 20 }, (_, n) => n), b: [] }));

    await a.standBy();
    await send();
    await eventually(() => expect(got.b).toEqual([20]));

    isHeld = true;
    await eventually(async () => {
      await send();
      return got.a.length > 20;
    });
    held.open();
    await eventually(() => expect(new Set([...got.a, ...got.b]).size).toBe(sent));
  } finally {
    await cleanup();
  }
});
