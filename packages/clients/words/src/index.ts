export { ALERT_RULE_WORDS, CHANGES, CHINESE_REMEDIES, STATES } from './codes';
export { COMMAND_WORDS } from './commands';
export { DEAD_LETTER_REASON_WORDS } from './dead-letter-reasons';
export {
  createDefineTexts,
  findTextFaults,
  type InBoth,
  type Say,
  type Texts,
  type Values,
} from './define-texts';
export { CHINESE_ERRORS } from './errors';
export { FLEET_EVENT_WORDS } from './fleet-events';
export { SCAN_ERROR_WORDS } from './scan-errors';
export { CHINESE_SENTENCES, type SentenceForms, type SentenceOfApi, toChinese } from './sentences';
