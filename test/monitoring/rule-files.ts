import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../e2e/test-stack';

export const RULES_DIR = join(ROOT, 'deploy/prometheus');

export interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface RuleFile {
  groups: { name: string; interval?: string; rules: Rule[] }[];
}

export const readRuleFile = (): RuleFile => parse(readFileSync(join(RULES_DIR, 'cyberstroll.rules.yml'), 'utf8'));

export const readRules = ({ groups }: RuleFile = readRuleFile()): Rule[] => groups.flatMap(({ rules }) => rules);

/** The same rules, evaluated each second and firing at once. */
export function toImpatient({ groups }: RuleFile): string {
  return stringify({
    groups: groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => ({ ...rule, ...(rule.alert && { for: '0s' }) })),
    })),
  });
}
