import type { DeadLetter } from '@cyberstroll/contracts';
import { backoffMs, delay, toAppError } from '@cyberstroll/runtime';
import type { Held } from './delivery';
import type { Publisher } from '../publisher/publisher';

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/** Publishes the dead letter, then acks the message; keeps trying while the message is ours. */
export async function sendDeadLetter(held: Held, deadLetter: DeadLetter, publisher: Publisher): Promise<void> {
  const { session, tag } = held;
  for (let attempt = 1; ; attempt++) {
    try {
      await publisher.deadLetter(deadLetter);
      return session.ack([tag]);
    } catch (error) {
      if (session.ending.aborted || toAppError(error).code === 'publisher_stopped') return session.requeue([tag]);
      await delay(backoffMs(attempt, BACKOFF, Math.random()), session.ending);
    }
  }
}
