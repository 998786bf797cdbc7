import { ALERT_RULE_WORDS, CHANGES, createDefineTexts, STATES } from '@cyberstroll/words';
import { language } from './language';

/**
 * The texts of one part of the dashboard. A component that says one is drawn again when the language changes. Numbers
 * are grouped as the language does.
 */
export const defineTexts = createDefineTexts({
  language: () => language.value,
  toText: (value) => (typeof value === 'number' ? formatNumber(value) : value),
});

export const formatNumber = (value: number, options?: Intl.NumberFormatOptions): string =>
  value.toLocaleString(language.value === 'zh' ? 'zh-CN' : 'en-GB', options);

/** The words that the command line has, too. */
export const stateName = defineTexts(STATES);
export const changeName = defineTexts(CHANGES);
export const ruleName = defineTexts(ALERT_RULE_WORDS);
