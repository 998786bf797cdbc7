import { toQueueNames } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createFreshGauges, LOOKS_KEPT } from './fresh-gauge';

/** How much waits in the queues, as metrics: shown by the replica whose duty it is. */
export function createQueueGauges({
  store,
  broker,
  registry,
  intervalMs,
}: {
  store: Pick<Store, 'nodes'>;
  broker: Pick<Broker, 'queueDepths'>;
  registry: Registry;
  intervalMs: number;
}): (now: Date) => Promise<undefined> {
  const addGauge = createFreshGauges(registry, intervalMs);
  const messages = addGauge('queue_messages', 'Messages ready in a queue', 'queue');
  const nonempty = addGauge(
    'queue_nonempty_seconds',
    'Time since a queue was last seen empty: none in it waits longer',
    'queue',
  );
  let emptyAt = new Map<string, Date>();
  let lookedAt: Date | undefined;

  return async function lookOnce(now) {
    const depths = await broker.queueDepths(toQueueNames(await store.nodes.findPools()));
    // Who has not looked for a while has not seen whether a queue was empty meanwhile.
    const isFresh = lookedAt !== undefined && now.getTime() - lookedAt.getTime() <= LOOKS_KEPT * intervalMs;
    const before = isFresh ? emptyAt : undefined;
    lookedAt = now;
    emptyAt = new Map([...depths].map(([queue, count]) => [queue, (count > 0 && before?.get(queue)) || now]));
    messages.show([...depths].map(([queue, count]) => [{ queue }, count]));
    nonempty.show([...emptyAt].map(([queue, at]) => [{ queue }, (now.getTime() - at.getTime()) / 1_000]));
    return undefined;
  };
}
