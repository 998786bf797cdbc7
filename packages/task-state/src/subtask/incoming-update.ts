import type { Sender, SubTaskUpdate } from '@cyberstroll/contracts';

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
  /** It becomes a dead letter: `reason` is a stable code, `detail` says it in words. */
  | { outcome: 'rejected'; reason: string; detail: string };
