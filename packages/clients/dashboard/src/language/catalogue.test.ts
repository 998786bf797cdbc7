import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTextFaults, type Say, type Texts } from '@cyberstroll/words';

const sources = join(__dirname, '..');
const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });

it.each(files.filter((file) => /(^|\/)texts\.ts$/.test(file)))(
  '%s: each text has Chinese, with the same values',
  (file) => {
    const [t] = Object.values(require(join(sources, file)) as Record<string, Say<Texts>>);
    expect(findTextFaults(t!.texts)).toEqual([]);
  },
);

it('all texts of the dashboard are in files of texts', () => {
  const others = files.filter((file) => /\.tsx?$/.test(file) && !/texts\.ts$|\.test\.ts$/.test(file));
  const withTexts = others.filter((file) => readFileSync(join(sources, file), 'utf8').includes('defineTexts('));
  expect(withTexts).toEqual([]);
  // A text between two tags that holds a word.
  const withWords = others.filter((file) =>
    />\s*[A-Z][a-z]+[^<>{}=;()]*<\//.test(readFileSync(join(sources, file), 'utf8')),
  );
  expect(withWords).toEqual(['app/shell.tsx']); // the name of the product
});
