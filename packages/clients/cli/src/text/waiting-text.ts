import { CHINESE_WAITING_REASONS } from '@cyberstroll/words';
import type { Waiting } from '../api-types';
import { defineTexts, isChinese } from '../language/say';
import type { TimeText } from './time-text';

const t = defineTexts({
  until: ['{code} until {time}', '{code}，直到 {time}'],
});

/** Why something waits, in a column: `retries_backoff until 2026-01-31 12:00:05Z`. */
export function toWaitingText({ waiting_reason: reason }: Waiting, toTimeText: TimeText): string | undefined {
  if (!reason) return undefined;
  const { code, until } = reason;
  return until === undefined ? code : t('until', { code, time: toTimeText(until) ?? until });
}

/** The same with its words: `no_node_in_pool: no node takes work of pool "edge"`. */
export function toWaitingSentence(waiting: Waiting, toTimeText: TimeText): string | undefined {
  const text = toWaitingText(waiting, toTimeText);
  const { code, message } = waiting.waiting_reason ?? {};
  if (text === undefined || code === undefined) return undefined;
  // The message is the API's, in English, and has the numbers.
  const words = isChinese() ? CHINESE_WAITING_REASONS[code] : undefined;
  return words !== undefined ? `${text}：${words}（${message}）` : `${text}: ${message}`;
}
