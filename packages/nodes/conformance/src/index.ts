export type { Rule } from './rule';
export { RULES } from './rules';
export { ALL_MESSAGES } from './rules/all-messages';
export { type ConformanceOptions, type RuleVerdict, runConformance } from './run-conformance';
