import { EXCHANGES, QUEUES, type SubTaskUpdate, type UpdateEnvelope } from '@cyberstroll/contracts';
import { type Broker, DONE, type Publisher } from '@cyberstroll/messaging';
import type { Component } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { testLogger } from '../testbed/test-logger';
import type { Testbed } from '../testbed/testbed';

interface Link {
  broker: Broker;
  publisher: Publisher;
}
type Queue = Parameters<Broker['createConsumer']>[0]['queue'];

/** Takes every message of a queue; acked when `take` has returned. */
export function createListener(
  { broker, publisher }: Link,
  queue: Queue,
  take: (body: unknown) => unknown,
  { prefetch = 100 }: { prefetch?: number } = {},
): Component {
  return broker.createConsumer({
    queue,
    prefetch,
    async handle({ body }) {
      await take(body);
      return DONE;
    },
    publisher,
    logger: testLogger,
  });
}

/** For `collect`: every event. */
export const ALL_EVENTS = { exclusiveOn: EXCHANGES.events.name, routingKey: '#' } as const;

/** The messages of a queue from now on, as they come. */
export async function collect<T>({ testbed, ...link }: Link & { testbed: Testbed }, queue: Queue): Promise<T[]> {
  const bodies: T[] = [];
  await testbed.start(createListener(link, queue, (body) => bodies.push(body as T)));
  return bodies;
}

/** What a state-updater does for a sweep under test: applies what it publishes, one envelope at a time. */
export const createUpdater = (
  link: Link & { store: Store },
  hear: (updates: readonly SubTaskUpdate[]) => void = () => undefined,
): Component =>
  createListener(
    link,
    QUEUES.stateUpdates,
    async (body) => {
      const { updates, ...sender } = body as UpdateEnvelope;
      // The monitor's marker.
      if (updates.length === 0) return;
      hear(updates);
      await link.store.subTasks.batchUpdateSubTasks(updates.map((update) => ({ sender, update })));
    },
    { prefetch: 1 },
  );
