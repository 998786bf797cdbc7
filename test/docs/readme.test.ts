import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_RULE_NAMES, toRunbook } from '@cyberstroll/contracts';
import { drawDiagrams } from './diagrams';
import { ROOT } from './tree';

const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const readme = read('README.md');

it('shows the machines as they are', () => {
  const page = read('docs/lifecycle.md');
  expect(page).toContain('```mermaid');
  expect(drawDiagrams(page)).toBe(page);
});

it('is short: what it is, two commands, a first scan, and the way to the rest', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
});

it.each(ALERT_RULE_NAMES)('has the runbook of %s', (rule) => {
  expect(read(toRunbook(rule)).length).toBeGreaterThan(100);
});

it('names only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const texts = read('README.md') + read('CONTRIBUTING.md');
  const named = [...texts.matchAll(/npm (?:run (\w+)|(test|start)\b)/g)].map((match) => (match[1] ?? match[2])!);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
