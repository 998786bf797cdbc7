import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALERT_RULE_NAMES, toRunbook } from '@cyberstroll/contracts';
import { drawDiagrams } from './diagrams';

const root = join(__dirname, '../..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const readme = read('README.md');
const findPages = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = [
  ...['.', 'docs', 'docs/adr', 'docs/runbooks'].flatMap(findPages),
  ...['e2e', 'faults'].map((name) => `test/${name}/README.md`),
  'deploy/README.md',
  ...['docker', 'grafana', 'kubernetes', 'local', 'mongodb', 'prometheus', 'rabbitmq'].map(
    (name) => `deploy/${name}/README.md`,
  ),
  ...['services', 'packages'].flatMap((room) =>
    readdirSync(join(root, room)).map((name) => `${room}/${name}/README.md`),
  ),
];

it('shows the machines as they are', () => {
  const page = read('docs/lifecycle.md');
  expect(page).toContain('```mermaid');
  expect(drawDiagrams(page)).toBe(page);
});

it('is short: what it is, two commands, a first scan, and the way to the rest', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
});

it.each(pages)('%s exists, and links only to what exists', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, path, anchor] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)) {
    if (/^\w+:/.test(path!)) continue;
    const file = path ? join(root, dirname(page), path) : join(root, page);
    expect([path, existsSync(file)]).toEqual([path, true]);
    if (anchor) expect(findAnchors(file)).toContain(anchor);
  }
});

const findAnchors = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => toAnchor(heading!));

/** As GitHub makes a heading's anchor. */
const toAnchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

it.each(ALERT_RULE_NAMES)('has the runbook of %s', (rule) => {
  expect(read(toRunbook(rule)).length).toBeGreaterThan(100);
});

it('names only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const texts = read('README.md') + read('CONTRIBUTING.md');
  const named = [...texts.matchAll(/npm (?:run (\w+)|(test|start)\b)/g)].map((match) => (match[1] ?? match[2])!);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
