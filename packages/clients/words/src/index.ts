export { ALERT_RULE_WORDS } from './alert-rules';
export {
  createDefineTexts,
  findTextFaults,
  type InBoth,
  type Say,
  type Texts,
  type Values,
} from './define-texts';
export { CHINESE_REMEDIES } from './remedies';
export { CHANGES, STATES } from './states';
export { CHINESE_WAITING_REASONS } from './waiting-reasons';
