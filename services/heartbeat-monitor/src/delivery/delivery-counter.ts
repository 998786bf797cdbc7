import { Counter, type Registry } from '@cyberstroll/runtime';
import { DELIVERY_OUTCOMES, type DeliveryOutcome, RECEIVER_KINDS, type ReceiverKind } from './core/plan-delivery';

export type CountTry = (receiver: ReceiverKind, outcome: DeliveryOutcome) => void;

/** Counts the tries to deliver changes of alerts, ends of tasks, and changes of the inventory. */
export function createDeliveryCounter(registry: Registry): CountTry {
  const tries = new Counter({
    name: 'cyberstroll_alert_deliveries_total',
    help:
      'Tries to deliver a change of an alert to a webhook or to cs.events, the end of a task to a webhook ' +
      '(task_webhook), or changes of the inventory (change_webhook); given_up is the last try of what never arrived',
    labelNames: ['receiver', 'outcome'],
    registers: [registry],
  });
  for (const receiver of RECEIVER_KINDS) {
    for (const outcome of DELIVERY_OUTCOMES) tries.inc({ receiver, outcome }, 0);
  }
  return (receiver, outcome) => tries.inc({ receiver, outcome });
}
