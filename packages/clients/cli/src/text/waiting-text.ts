import type { Waiting } from '../api-types';
import { defineTexts, isChinese, sayInChinese } from '../language/say';
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
  const { message, sentence } = waiting.waiting_reason ?? {};
  if (text === undefined || message === undefined) return undefined;
  return isChinese() ? `${text}：${sayInChinese(message, sentence, toTimeText)}` : `${text}: ${message}`;
}
