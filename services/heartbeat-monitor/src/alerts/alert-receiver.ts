import type { Alert, AlertDelivery } from '@cyberstroll/contracts';
import type { ReceiverKind } from './core/plan-delivery';

/** Gets each change of an alert. */
export interface AlertReceiver {
  kind: ReceiverKind;
  /** The name that the store keeps. */
  target: string;
  /** The name for the log. */
  name: string;
  /** The longest wait between two tries, in milliseconds. */
  capMs: number;
  /** Sends a change once. Resolves with what went wrong, or with undefined if it arrived; never rejects. */
  send(alert: Alert, delivery: AlertDelivery): Promise<string | undefined>;
}
