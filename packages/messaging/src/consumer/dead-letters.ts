import { createHash } from 'node:crypto';
import { type DeadLetter, type ErrorCode, isTooDeep } from '@cyberstroll/contracts';
import { backoffMs, delay, toAppError } from '@cyberstroll/runtime';
import { cut } from '../publisher/message-body';
import type { Delivery, UnackedDelivery } from './delivery';

/**
 * The dead letter for a message that cannot be handled: whole where it is JSON that is not nested too deeply; else as
 * text, cut.
 */
export function toDeadLetter(
  { delivery, sender }: UnackedDelivery,
  queue: string,
  { reason, detail }: { reason: ErrorCode; detail: string },
  now: Date,
  { fold = false }: { fold?: boolean } = {},
): DeadLetter {
  const { body, raw } = delivery;
  const deadLetterSender = sender ?? findSender(body);
  return {
    reason,
    detail,
    queue,
    exchange: delivery.exchange,
    first_seen: now.toISOString(),
    source: toSource(delivery),
    ...(fold && { fold }),
    ...(deadLetterSender ? { sender: deadLetterSender } : {}),
    ...(delivery.userId !== undefined && { user_id: delivery.userId }),
    ...(body !== undefined && !isTooDeep(body) ? { content: body } : cut(raw)),
  };
}

/** Names a message: the same name when it is delivered again, another for one that only looks the same. */
export function toSource({ appId, messageId, raw }: Pick<Delivery, 'appId' | 'messageId' | 'raw'>): string {
  return createHash('sha256')
    .update(JSON.stringify([appId, messageId]))
    .update(raw)
    .digest('hex')
    .slice(0, 32);
}

function findSender(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { node_id, operator } = body as { node_id?: unknown; operator?: unknown };
  const sender = node_id ?? operator;
  return typeof sender === 'string' ? sender.slice(0, 100) : undefined;
}

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/** Publishes the dead letter, then acks the message; keeps trying while the message is ours. */
export async function sendDeadLetter(
  held: UnackedDelivery,
  deadLetter: DeadLetter,
  publisher: { deadLetter(deadLetter: DeadLetter): Promise<void> },
): Promise<void> {
  const { unacked, tag } = held;
  for (let attempt = 1; ; attempt++) {
    try {
      await publisher.deadLetter(deadLetter);
      return unacked.ack([tag]);
    } catch (error) {
      if (unacked.ending.aborted || toAppError(error).code === 'publisher_stopped') return unacked.requeue([tag]);
      await delay(backoffMs(attempt, BACKOFF, Math.random()), unacked.ending);
    }
  }
}
