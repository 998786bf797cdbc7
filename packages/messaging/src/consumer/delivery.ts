import type { Session } from './unacked-set';

/** One message as a handler sees it. */
export interface Delivery {
  /** The parsed JSON: still to be validated. */
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
}

/** A delivery with what it takes to settle it. */
export interface Held {
  delivery: Delivery;
  tag: number;
  session: Session;
  sender: string | undefined;
}
