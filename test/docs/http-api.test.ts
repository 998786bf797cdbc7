import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderHttpApi } from './http-api';
import { ROOT } from './tree';

it('docs/http-api.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(ROOT, 'docs/http-api.md'), 'utf8')).toBe(renderHttpApi());
});
