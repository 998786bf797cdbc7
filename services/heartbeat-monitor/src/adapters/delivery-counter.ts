import { Counter, type Registry } from '@cyberstroll/runtime';

const OUTCOMES = ['delivered', 'failed', 'given_up'] as const;
export type CountTry = (outcome: (typeof OUTCOMES)[number]) => void;

/** Counts the tries of deliveries to webhooks. */
export function createDeliveryCounter(registry: Registry): CountTry {
  const tries = new Counter({
    name: 'cyberstroll_alert_deliveries_total',
    help: 'Tries to deliver a change of an alert to a webhook; given_up is a last one that failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of OUTCOMES) tries.inc({ outcome }, 0);
  return (outcome) => tries.inc({ outcome });
}
