import { type DeadLetter, QUEUES } from '@cyberstroll/contracts';
import type { Delivery } from '@cyberstroll/messaging';
import { createMetrics } from '@cyberstroll/runtime';
import { createListener, eventually, startParts } from '@cyberstroll/testkit';
import { createDeliveryApplier } from '../src/batches/apply-deliveries';
import { createLanes } from '../src/batches/lanes';
import { createUpdateMetrics } from '../src/metrics/update-metrics';

/** With UPDATES in each, more dead letters than the outbox holds. */
const ENVELOPES = 21;
const UPDATES = 500;

/** As the broker hands them out: to another updater, after a crash, once more. */
const createDeliveries = (): Delivery[] =>
  Array.from({ length: ENVELOPES }, (_, n) => {
    const updates = Array.from({ length: UPDATES }, (__, i) => ({ bad: `${n}-${i}` }));
    const body = { node_id: 'n1', instance_id: 'i', sent_time: '2026-01-31T11:00:00.000Z', updates };
    const raw = Buffer.from(JSON.stringify(body));
    const { signal: ending } = new AbortController();
    return {
      body,
      raw,
      redelivered: false,
      headers: {},
      exchange: 'cs.state',
      routingKey: 'updates',
      ending,
      messageId: String(n),
      appId: 'n1',
    };
  });

it('dead-letters a whole batch of bad updates, more than the outbox holds, each once; and repeats name the same sources', async () => {
  const { testbed, store, broker, publisher, cleanup } = await startParts();
  const deadLetters: DeadLetter[] = [];
  const hear = (body: unknown) => deadLetters.push(body as DeadLetter);
  await testbed.start(createListener({ broker, publisher }, QUEUES.deadLetters, hear, { prefetch: 1_000 }));
  try {
    const metrics = createUpdateMetrics(createMetrics('test'));
    const apply = createDeliveryApplier({
      store,
      publisher,
      metrics,
      touch: () => {},
      maxUpdates: 1_000,
      lanes: createLanes(2),
    });
    const toKey = ({ source, content }: DeadLetter) => `${source} ${JSON.stringify(content)}`;
    const heard = async (deliveries: Delivery[]) => {
      await apply(deliveries);
      await eventually(() => expect(deadLetters).toHaveLength(deliveries.length * UPDATES));
      return new Set(deadLetters.splice(0).map(toKey));
    };
    const first = await heard(createDeliveries());
    expect(first.size).toBe(ENVELOPES * UPDATES);
    for (const key of await heard(createDeliveries().slice(-1))) expect(first).toContain(key);
  } finally {
    await cleanup();
  }
});
