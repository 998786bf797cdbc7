/** What a handler decides about one message. Only the consumer acks. */
export type Verdict =
  | { kind: 'done' }
  /** Back to the queue after `delayMs`, by a nack: it counts towards the queue's delivery limit up to RabbitMQ 4.2, not from 4.3 on. */
  | { kind: 'retry'; delayMs?: number }
  /** `reason` is stable and snake_case, `detail` is for people. */
  | { kind: 'deadLetter'; reason: string; detail: string };

export const DONE: Verdict = { kind: 'done' };
