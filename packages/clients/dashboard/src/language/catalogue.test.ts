import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTextFaults, type InBoth } from '@cyberstroll/words';
import { SHARED } from './define-texts';

const folder = join(__dirname, '..');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
  .map((file) => ({ file, source: readFileSync(join(folder, file), 'utf8') }));
const tables = sources.flatMap(({ file, source }) =>
  [...source.matchAll(/= defineTexts\(\{\n(.*?)^\}\);/gms)].map(([, rows]) => ({ file, texts: readTexts(rows!) })),
);

it.each([{ file: 'language/define-texts.ts', texts: SHARED }, ...tables])(
  '$file: each text has Chinese, with the same values',
  ({ texts }) => {
    expect(Object.keys(texts).length).toBeGreaterThan(0);
    expect(findTextFaults(texts)).toEqual([]);
  },
);

/** As the formatter writes them. */
function readTexts(rows: string): Record<string, InBoth> {
  const found = rows.matchAll(/^ {2}(\w+): \[\s*(['"])(.*)\2,\s*(['"])(.*)\4,?\s*\],$/gm);
  return Object.fromEntries([...found].map(([, key, , english, , chinese]) => [key, [english!, chinese!]]));
}

it('each word that a page shows is in a table of texts', () => {
  expect(new Set(tables.map(({ file }) => file)).size).toBeGreaterThan(15);
  // A text between two tags that holds a word.
  const withWords = sources.filter(({ source }) => />\s*[A-Z][a-z]+[^<>{}=;()]*<\//.test(source));
  expect(withWords.map(({ file }) => file)).toEqual(['app/navigation.tsx']); // the name of the product
});

it('what several parts say is in no table of its own', () => {
  const own = tables.flatMap(({ texts }) => Object.entries(texts));
  const again = own.filter(([key, text]) => SHARED[key as keyof typeof SHARED]?.join() === text.join());
  expect(again.map(([key]) => key)).toEqual([]);
});
