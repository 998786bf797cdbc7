import { type Event, EXCHANGES } from '@cyberstroll/contracts';
import { createBroker, DONE } from '@cyberstroll/messaging';
import { createGroup, type Logger, type TlsMaterial } from '@cyberstroll/runtime';

/** An event that waits for longer is of no use: the client reads the snapshot again. */
const TTL_MS = 10_000;
/** Events that are taken at once. */
const PREFETCH = 200;

export interface SubTaskEventsListener {
  onEvent: (event: Event) => void;
  /** True when events begin to arrive, false when they stop: those of the time between are lost. */
  onListening: (isListening: boolean) => void;
}

/** Listens to the events of subtasks until `close` is called. RabbitMQ may be unavailable, at first or for a while. */
export type ListenToSubTasks = (listener: SubTaskEventsListener) => { close: () => Promise<void> };

/** Each listening has connections and a queue of its own, which end with it. */
export const createSubTaskEvents =
  ({ url, tls, name, logger }: { url: string; tls: TlsMaterial; name: string; logger: Logger }): ListenToSubTasks =>
  ({ onEvent, onListening }) => {
    const broker = createBroker({ url, tls, name, logger });
    const consumer = broker.createConsumer({
      queue: { exclusiveOn: EXCHANGES.events.name, routingKey: 'subtask.*', ttlMs: TTL_MS },
      prefetch: PREFETCH,
      // What cannot be read is skipped: no dead letter is made of a notice.
      anyBody: true,
      publisher: broker.createPublisher(),
      logger,
      onListening,
      async handle({ body }) {
        if (body !== undefined) onEvent(body as Event);
        return DONE;
      },
    });
    const group = createGroup('events of subtasks', [broker, consumer]);
    // It waits for RabbitMQ, and rejects if it is closed before.
    group.start().catch((err: unknown) => logger.debug({ err }, 'listening to events ended before it began'));
    return { close: () => group.stop() };
  };
