import type { Waiting } from '../api-types';
import type { TimeText } from './time-text';

/** Why something waits, in a column: `retries_backoff until 2026-01-31 12:00:05Z`. */
export function toWaitingText({ waiting_reason: reason }: Waiting, toTimeText: TimeText): string | undefined {
  if (!reason) return undefined;
  return reason.until === undefined ? reason.code : `${reason.code} until ${toTimeText(reason.until)}`;
}

/** The same with its words: `no_node_in_pool: no node takes work of pool "edge"`. */
export function toWaitingSentence(waiting: Waiting, toTimeText: TimeText): string | undefined {
  const text = toWaitingText(waiting, toTimeText);
  return text && `${text}: ${waiting.waiting_reason?.message}`;
}
