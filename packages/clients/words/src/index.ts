export { ALERT_RULE_NAMES } from './alert-rules';
export {
  createDefineTexts,
  findFaults,
  type Language,
  type Say,
  type Text,
  type Texts,
  type Values,
} from './define-texts';
export { CHINESE_REMEDIES } from './remedies';
export { CHANGES, STATES } from './states';
export { CHINESE_WAITING_REASONS } from './waiting-reasons';
