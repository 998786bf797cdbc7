import { toQueueNames } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createFreshGauges, LOOKS_KEPT } from './fresh-gauge';

/** How much waits in the queues, as metrics: shown by the leader. */
export function createQueueGauges({
  store,
  broker,
  registry,
  intervalMs,
}: {
  store: Pick<Store, 'nodes' | 'queues'>;
  broker: Pick<Broker, 'queueDepths'>;
  registry: Registry;
  intervalMs: number;
}): (now: Date) => Promise<undefined> {
  const addGauge = createFreshGauges(registry, intervalMs);
  const messages = addGauge('queue_messages', 'Messages ready in a queue', 'queue');
  const nonempty = addGauge(
    'queue_nonempty_seconds',
    'Time since a queue was last seen empty, or was looked at first: none in it has waited for longer since then',
    'queue',
  );

  return async function lookOnce(now) {
    const looks = await broker.queueDepths(toQueueNames(await store.nodes.findPools()));
    const depths = new Map([...looks].map(([queue, { latest }]) => [queue, latest]));
    const emptyTimes = await store.queues.noteDepths(depths, now, LOOKS_KEPT * intervalMs);
    messages.show([...depths].map(([queue, count]) => [{ queue }, count]));
    nonempty.show([...emptyTimes].map(([queue, time]) => [{ queue }, (now.getTime() - time.getTime()) / 1_000]));
    return undefined;
  };
}
