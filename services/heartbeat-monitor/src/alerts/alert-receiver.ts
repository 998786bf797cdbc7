import type { Alert, AlertDelivery } from '@cyberstroll/contracts';

/** Who is told of each change of an alert. */
export interface AlertReceiver {
  kind: 'webhook' | 'events';
  /** What is stored of it. */
  target: string;
  /** For the log. */
  name: string;
  /** The longest wait between two tries. */
  capMs: number;
  /** Sends it once. Resolves with what went wrong, or undefined where it has arrived; never rejects. */
  send(alert: Alert, delivery: AlertDelivery): Promise<string | undefined>;
}
