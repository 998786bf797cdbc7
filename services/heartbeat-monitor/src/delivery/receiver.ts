import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';
import type { Fault, ReceiverKind } from './core/plan-delivery';

/** Gets each notice of its subjects: each change of an alert, or each end of a task. */
export interface Receiver<Subject, Kind extends Notice> {
  kind: ReceiverKind;
  /** The name that the store keeps. */
  target: string;
  /** The name for the log. */
  name: string;
  /** The longest wait between two tries, in milliseconds. */
  capMs: number;
  /** Sends a notice once. Resolves with what went wrong, or with undefined if it arrived; never rejects. */
  send(subject: Subject, delivery: NoticeDelivery<Kind>): Promise<Fault | undefined>;
}
