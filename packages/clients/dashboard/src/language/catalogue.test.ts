import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillIn, type Texts } from './define-texts';

const sources = join(__dirname, '..');
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(^|\/)texts\.ts$/.test(file),
);
const parts = files.map((file) => {
  const exported = Object.values(require(join(sources, file)) as Record<string, Texts<Record<string, string>>>);
  return { file, ...exported[0]!.catalogue };
});

const findNames = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();

it.each(parts)(
  '$file: each text has Chinese, with the same values, and says something else',
  ({ english, chinese }) => {
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(english)) {
      const translated = chinese[key] ?? '';
      expect({ key, names: findNames(translated) }).toEqual({ key, names: findNames(text) });
      if (/[a-z]{3}/.test(text.replaceAll(/\{[^}]*\}/g, ''))) expect(translated).toMatch(/\p{Script=Han}/u);
    }
  },
);

it('all texts of the dashboard are in files of texts', () => {
  const others = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !/texts\.ts$|define-texts|\.test\.ts$/.test(file),
  );
  const withTexts = others.filter((file) => readFileSync(join(sources, file), 'utf8').includes('defineTexts('));
  expect(withTexts).toEqual([]);
  // A text between two tags that holds a word.
  const withWords = others.filter((file) =>
    />\s*[A-Z][a-z]+[^<>{}=;()]*<\//.test(readFileSync(join(sources, file), 'utf8')),
  );
  expect(withWords).toEqual(['app/shell.tsx']); // the name of the product
});

it('fills in values, and chooses the word by the number', () => {
  expect(fillIn('{count} {count|task|tasks} of {name}', { count: 1, name: 'a' })).toBe('1 task of a');
  expect(fillIn('{count} {count|task|tasks}', { count: 12_000 })).toBe('12,000 tasks');
});
