import type { ErrorCode } from '@cyberstroll/contracts';
import type { UnackedSet } from './unacked-set';

/** One message as a handler sees it. */
export interface Delivery {
  /** The JSON, parsed when its handling begins: still to be validated. */
  body: unknown;
  raw: Buffer;
  /** True where the broker has handed it out before. */
  redelivered: boolean;
  headers: Record<string, unknown>;
  /** That its sender gave it to, and the broker let them: no part of the message. */
  exchange: string;
  routingKey: string;
  /** Aborts when the message is no longer ours, or the consumer stops and has no time left. */
  ending: AbortSignal;
  /** As the sender numbered it, and who that was, where the message says so. */
  messageId?: string;
  appId?: string;
  /** The RabbitMQ user that sent it, where the message says so: RabbitMQ refuses a message that names another one. */
  userId?: string;
}

/** A delivery with what it takes to settle it. */
export interface UnackedDelivery {
  delivery: Delivery;
  tag: number;
  unacked: UnackedSet;
  sender: string | undefined;
}

/** What a handler decides about one message. Only the consumer acks. */
export type Verdict =
  | { kind: 'done' }
  /**
   * Back to the queue after `delayMs`, by a nack: it counts towards the queue's delivery limit up to RabbitMQ 4.2, not
   * from 4.3 on.
   */
  | { kind: 'retry'; delayMs?: number }
  /** `reason` is in the table of error codes; `detail` is for people. */
  | { kind: 'deadLetter'; reason: ErrorCode; detail: string };

export const DONE: Verdict = { kind: 'done' };
