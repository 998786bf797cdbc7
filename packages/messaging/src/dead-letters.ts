import type { DeadLetter } from '@cyberstroll/contracts';
import { backoffMs, delay, toAppError } from '@cyberstroll/runtime';
import type { Held } from './delivery';
import type { Publisher } from './publisher';

const MAX_CONTENT_BYTES = 64 * 1024;
const BACKOFF = { baseMs: 200, capMs: 5_000 };

/** The letter for a message that cannot be handled. What is not JSON, or too long to keep whole, goes as text. */
export function toDeadLetter(
  { delivery, sender }: Held,
  queue: string,
  { reason, detail }: { reason: string; detail: string },
  now: Date,
): DeadLetter {
  const { body, raw } = delivery;
  const isWhole = body !== undefined && raw.length <= MAX_CONTENT_BYTES;
  const letterSender = sender ?? findSender(body);
  return {
    reason,
    detail,
    queue,
    first_seen: now.toISOString(),
    ...(letterSender ? { sender: letterSender } : {}),
    content: isWhole ? body : raw.toString('utf8', 0, MAX_CONTENT_BYTES),
  };
}

function findSender(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { node_id, operator } = body as { node_id?: unknown; operator?: unknown };
  const sender = node_id ?? operator;
  return typeof sender === 'string' ? sender.slice(0, 100) : undefined;
}

/** Publishes the letter, then acks the message; keeps trying while the message is ours. */
export async function sendToDeadLetters(held: Held, letter: DeadLetter, publisher: Publisher): Promise<void> {
  const { session, tag } = held;
  for (let attempt = 1; ; attempt++) {
    try {
      await publisher.deadLetter(letter);
      return session.ack([tag]);
    } catch (error) {
      if (session.ending.aborted || toAppError(error).code === 'publisher_stopped') return session.requeue([tag]);
      await delay(backoffMs(attempt, BACKOFF, Math.random()), session.ending);
    }
  }
}
