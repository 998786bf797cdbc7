import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findFiles, ROOT } from './tree';

const files = findFiles();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The names of the folders, or of the files that match, directly in a folder. */
const listFolders = (folder: string) => [
  ...new Set(files.flatMap((path) => new RegExp(`^${folder}/([^/]+)/`).exec(path)?.[1] ?? [])),
];
const listFiles = (folder: string, name: RegExp) =>
  files.filter((path) => dirname(path) === folder && name.test(basename(path))).map((path) => basename(path));

it.each(['test', 'deploy'])('CONTRIBUTING names each folder of %s', (folder) => {
  const [, line] = new RegExp(`^${folder}/ +(.*)$`, 'm').exec(read('CONTRIBUTING.md'))!;
  const named = [...line!.matchAll(/([\w-]+)\//g)].map(([, name]) => name!);
  expect(named.sort()).toEqual(listFolders(folder).sort());
});

const parts = files
  .filter((path) => /^(?:packages|services)\/.*README\.md$/.test(path))
  .map((path) => dirname(path))
  .filter((part) => listFolders(`${part}/src`).length > 0);

it.each(parts)('the README of %s says what each folder of its sources is for', (part) => {
  const page = read(`${part}/README.md`);
  const missing = listFolders(`${part}/src`).filter(
    (folder) => !new RegExp(`^\\|.*src/${folder}[)/\`]`, 'm').test(page),
  );
  expect(missing).toEqual([]);
});

it('the README of the end-to-end tests says what each of them shows', () => {
  const page = read('test/e2e/README.md');
  expect(listFiles('test/e2e', /\.test\.ts$/).filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
});
