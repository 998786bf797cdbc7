import { type Event, EXCHANGES, eventSchema } from '@cyberstroll/contracts';
import type { Component, Logger } from '@cyberstroll/runtime';
import type { Broker } from '../broker';
import type { Publisher } from '../publisher/publisher';
import { DONE } from './delivery';

const TTL_MS = 10_000;
const PREFETCH = 200;

const watchedSchema = eventSchema.pick({ type: true, task_id: true, node_id: true });
export type WatchedEvent = Pick<Event, 'type' | 'task_id' | 'node_id'>;

export interface EventWatch {
  broker: Pick<Broker, 'createConsumer'>;
  publisher: Publisher;
  /** Routing keys on `cs.events`, such as `task.*`. */
  keys: readonly string[];
  /** Without an event: one may have been missed. */
  onEvent: (event?: WatchedEvent) => void;
  logger: Logger;
}

/**
 * Calls `onEvent` at each of these events, for sweeps that wait while there is nothing to do, and when it begins to
 * listen, since it may have missed one. An event that is lost costs such a wait.
 */
export const watchEvents = ({ broker, publisher, keys, onEvent, logger }: EventWatch): Component[] =>
  keys.map((routingKey) =>
    broker.createConsumer({
      queue: { exclusiveOn: EXCHANGES.events.name, routingKey, ttlMs: TTL_MS },
      prefetch: PREFETCH,
      // No dead letter is made of what cannot be read.
      anyBody: true,
      onListening: (isListening) => isListening && onEvent(),
      async handle({ body }) {
        onEvent(watchedSchema.safeParse(body).data);
        return DONE;
      },
      publisher,
      logger,
    }),
  );
