export { ALERT_RULE_WORDS, CHANGES, CHINESE_REMEDIES, CHINESE_WAITING_REASONS, STATES } from './codes';
export {
  createDefineTexts,
  findTextFaults,
  type InBoth,
  type Say,
  type Texts,
  type Values,
} from './define-texts';
export { FLEET_EVENT_WORDS } from './fleet-events';
export { SCAN_ERROR_WORDS } from './scan-errors';
