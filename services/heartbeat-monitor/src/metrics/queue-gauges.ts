import { toQueueNames } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Counts, Registry } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createFreshGauges, INTERVALS_SHOWN } from './fresh-gauge';

/** The depth of the queues as metrics. The leader of the sweep shows them. */
export function createQueueGauges({
  store,
  broker,
  registry,
  intervalMs,
  hasUnsettled,
}: {
  store: Pick<Store, 'nodes' | 'queues'>;
  broker: Pick<Broker, 'queueDepths' | 'stateQueues'>;
  registry: Registry;
  intervalMs: number;
  hasUnsettled: () => Promise<boolean>;
}): (now: Date) => Promise<Counts | undefined> {
  const addGauge = createFreshGauges(registry, intervalMs);
  const messages = addGauge('queue_messages', 'Messages ready in a queue', 'queue');
  const nonempty = addGauge(
    'queue_nonempty_seconds',
    'Time since a queue was last seen empty, or was first checked: an upper limit of the time that its messages ' +
      'have waited',
    'queue',
  );

  return async function lookOnce(now) {
    const looks = await broker.queueDepths(toQueueNames(broker.stateQueues.length, await store.nodes.findPools()));
    const depths = new Map([...looks].map(([queue, { latest }]) => [queue, latest]));
    const emptyTimes = await store.queues.noteDepths(depths, now, INTERVALS_SHOWN * intervalMs);
    messages.show([...depths].map(([queue, count]) => [{ queue }, count]));
    nonempty.show([...emptyTimes].map(([queue, time]) => [{ queue }, (now.getTime() - time.getTime()) / 1_000]));
    return (await hasUnsettled()) ? {} : undefined;
  };
}
