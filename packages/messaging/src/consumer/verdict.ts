import type { ErrorCode } from '@cyberstroll/contracts';

/** What a handler decides about one message. Only the consumer acks. */
export type Verdict =
  | { kind: 'done' }
  /** Back to the queue after `delayMs`, by a nack: it counts towards the queue's delivery limit up to RabbitMQ 4.2, not from 4.3 on. */
  | { kind: 'retry'; delayMs?: number }
  /** `reason` is in the table of error codes; `detail` is for people. */
  | { kind: 'deadLetter'; reason: ErrorCode; detail: string };

export const DONE: Verdict = { kind: 'done' };
