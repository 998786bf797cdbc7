import type { Waiting } from './api-types';
import { toTimeText } from './time-text';

/** Why something waits, in a column: `retries_backoff until 2026-01-31 12:00:05Z`. */
export function toWaitingText({ waiting_reason: reason }: Waiting): string | undefined {
  if (!reason) return undefined;
  return reason.until === undefined ? reason.code : `${reason.code} until ${toTimeText(reason.until)}`;
}

/** The same with its words: `no_node_in_pool: no node takes work of pool "edge"`. */
export function toWaitingSentence(waiting: Waiting): string | undefined {
  const text = toWaitingText(waiting);
  return text && `${text}: ${waiting.waiting_reason?.message}`;
}
