import { Counter, type Registry } from '@cyberstroll/runtime';
import type { AlertReceiver } from './alert-receiver';

const KINDS = ['webhook', 'events'] as const satisfies AlertReceiver['kind'][];
const OUTCOMES = ['delivered', 'failed', 'given_up'] as const;
export type CountTry = (receiver: AlertReceiver['kind'], outcome: (typeof OUTCOMES)[number]) => void;

/** Counts the tries to tell of changes of alerts. */
export function createDeliveryCounter(registry: Registry): CountTry {
  const tries = new Counter({
    name: 'cyberstroll_alert_deliveries_total',
    help: 'Tries to deliver a change of an alert to a webhook or to cs.events; given_up is a last one that failed',
    labelNames: ['receiver', 'outcome'],
    registers: [registry],
  });
  for (const receiver of KINDS) for (const outcome of OUTCOMES) tries.inc({ receiver, outcome }, 0);
  return (receiver, outcome) => tries.inc({ receiver, outcome });
}
