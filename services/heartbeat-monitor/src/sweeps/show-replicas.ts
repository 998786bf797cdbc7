import type { Replicas } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';

/** Reads where the queues are and how much goes through them: the first is a metric, the second is for the API. */
export function createReplicaSweep({
  store,
  readReplicas,
  show,
  keepMs,
}: {
  store: Pick<Store, 'queueRates'>;
  readReplicas: () => Promise<Replicas>;
  show: (replicas: Replicas) => void;
  /** How long the rates are valid. */
  keepMs: number;
}) {
  return async function showReplicasOnce(now: Date): Promise<undefined> {
    const replicas = await readReplicas();
    show(replicas);
    const rates = replicas.queues.flatMap(({ name, rates }) => (rates ? [[name, rates] as const] : []));
    await store.queueRates.note(new Map(rates), now, keepMs);
  };
}
