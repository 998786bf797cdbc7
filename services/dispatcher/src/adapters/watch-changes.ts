import { EXCHANGES } from '@cyberstroll/contracts';
import { type Broker, DONE, type Publisher } from '@cyberstroll/messaging';
import type { Component, Logger } from '@cyberstroll/runtime';

/** Events of tasks, such as a new one, and of nodes, such as one that is online again. */
const CHANGES = ['task.*', 'node.*'];
const TTL_MS = 10_000;
const PREFETCH = 200;

export interface ChangeWatch {
  broker: Broker;
  publisher: Publisher;
  logger: Logger;
  onChange: () => void;
}

/** Calls `onChange` at each event that the dispatch may have waited for. An event that is lost costs an idle wait. */
export const watchChanges = ({ broker, publisher, logger, onChange }: ChangeWatch): Component[] =>
  CHANGES.map((routingKey) =>
    broker.createConsumer({
      queue: { exclusiveOn: EXCHANGES.events.name, routingKey, ttlMs: TTL_MS },
      prefetch: PREFETCH,
      // Nothing is read, so no dead letter is made of it.
      anyBody: true,
      async handle() {
        onChange();
        return DONE;
      },
      publisher,
      logger,
    }),
  );
