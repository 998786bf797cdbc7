import type { DeadLetterReason, Sender, SubTaskUpdate } from '@cyberstroll/contracts';

/** An update and who sent it. */
export interface IncomingUpdate {
  sender: Sender;
  update: SubTaskUpdate;
  /** On the sender's clock; absent where it was not sent by a message. */
  sentTime?: Date | undefined;
  /** When its subtask was given to the node without a job: the dispatch ledger does not know of it. */
  handedOutTime?: Date | undefined;
}

export type UpdateResult =
  | { outcome: 'applied' | 'duplicate' | 'stale' }
  /** It becomes a dead letter: `detail` says which value is wrong. */
  | { outcome: 'rejected'; reason: DeadLetterReason; detail: string };
