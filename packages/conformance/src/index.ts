export type { Rule } from './rule';
export { RULES } from './rules';
export { type ConformanceOptions, type RuleVerdict, runConformance } from './run-conformance';
