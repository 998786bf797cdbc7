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

/** A table has one line for a row, code is as it is typed, and a program writes what is between marks. */
function findLongProse(path: string, text: string): string[] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```|^<!-- begin[\s\S]*?^<!-- end/gm, (block) =>
    block.replace(/.+/g, ''),
  );
  return prose
    .split('\n')
    .map((line, i) => ({ line, place: `${path}:${i + 1}` }))
    .filter(({ line }) => line.length > COLUMNS && !/^ *(?:\||#|!\[| {4})/.test(line))
    .map(({ place }) => place);
}

it(`lines of pages keep to ${COLUMNS} columns`, () => {
  // One line for a change, so that branches that add some can be merged.
  const pages = findFiles().filter((path) => path.endsWith('.md') && !/^CHANGELOG|^test\/deploy\/schemas/.test(path));
  expect(pages.flatMap((path) => findLongProse(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});

it('a longer line of a page is found outside of tables and code', () => {
  const long = 'x'.repeat(COLUMNS + 1);
  expect(findLongProse('a.md', `${long}\n\n| ${long} |\n\n\`\`\`\n${long}\n\`\`\`\n- ${long}`)).toEqual([
    'a.md:1',
    'a.md:8',
  ]);
});

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
