import type { DeadLetterReason, Sender, SubTaskUpdate } from '@cyberstroll/contracts';
import type { SubTaskStatus } from '@cyberstroll/state-machine';

/** An update and who sent it. */
export interface IncomingUpdate {
  sender: Sender;
  update: SubTaskUpdate;
  /** On the sender's clock. Absent if the update did not arrive in a message. */
  sentTime?: Date | undefined;
  /** When the subtask was assigned to the node without a job: the dispatch ledger does not know about it. */
  handedOutTime?: Date | undefined;
}

export type UpdateResult =
  | { outcome: 'applied' | 'duplicate' | 'stale' }
  /** The update becomes a dead letter. `detail` says which value is wrong. */
  | { outcome: 'rejected'; reason: DeadLetterReason; detail: string };

export interface SubTaskPassage {
  /** The one that it left. */
  previous_status: SubTaskStatus;
  status: SubTaskStatus;
  attempt: number;
  timestamp: Date;
  /** The node of the attempt. */
  node_id: string | undefined;
}
