import { ALERT_RULE_WORDS, CHANGES, STATES } from '@cyberstroll/words';
import { defineTexts } from './define-texts';

/** The words that the command line has, too. */
export const stateName = defineTexts(STATES);
export const changeName = defineTexts(CHANGES);
export const ruleName = defineTexts(ALERT_RULE_WORDS);
