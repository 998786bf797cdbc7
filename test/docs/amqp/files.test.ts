import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../tree';
import { renderMessageFiles } from './files';

const files = renderMessageFiles();

it.each(files)('%s is what the contracts say: run `npm run docs` after a change', (path, text) => {
  expect(existsSync(join(ROOT, path)) && readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

it('docs/schemas has no file of a message that is gone', () => {
  const paths = readdirSync(join(ROOT, 'docs/schemas')).map((name) => `docs/schemas/${name}`);
  expect(files.map(([path]) => path)).toEqual(expect.arrayContaining(paths));
});
