import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_TYPES, findFiles, ROOT } from './tree';

const COLUMNS = 120;
/** By the end of a file's name: a line that is a comment, or ends with one. */
const COMMENTS: readonly [RegExp, RegExp][] = [
  [/\.(?:ts|js|mjs|cjs|jsonc|go)$/, /^\s*(?:\/\/|\/?\*)|[\s;,{}()[\]]\/\/ /],
  [/\.(?:py|ya?ml|conf|sh|acl)$|Dockerfile$/, /^\s*#|\s# /],
];

function findLongComments(path: string, text: string): string[] {
  const comment = COMMENTS.find(([name]) => name.test(path))?.[1];
  if (!comment) return [];
  return text
    .split('\n')
    .map((line, i) => ({ line, place: `${path}:${i + 1}` }))
    .filter(({ line }) => line.length > COLUMNS && comment.test(line))
    .map(({ place }) => place);
}

it(`comment lines keep to ${COLUMNS} columns`, () => {
  const paths = findFiles().filter((path) => !['pnpm-lock.yaml', CLIENT_TYPES].includes(path));
  expect(paths.flatMap((path) => findLongComments(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});

it.each([
  ['a.ts', `// ${'x'.repeat(118)}`],
  ['a.cjs', ` * ${'x'.repeat(118)}`],
  ['a.mjs', `call(); // ${'x'.repeat(110)}`],
  ['a.go', `\t// ${'x'.repeat(117)}`],
  ['a.py', `    call()  # ${'x'.repeat(110)}`],
  ['a.yaml', `  # ${'x'.repeat(117)}`],
  ['a.conf', `key = 1 # ${'x'.repeat(111)}`],
  ['a.sh', `# ${'x'.repeat(119)}`],
])('a longer one is found in %s', (path, line) => {
  expect(findLongComments(path, `\n${line}\n`)).toEqual([`${path}:2`]);
  expect(findLongComments(path, `\n${line.slice(0, COLUMNS)}\n`)).toEqual([]);
});
