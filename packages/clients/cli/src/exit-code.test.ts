import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES, type ExitName, sayExit } from './exit-code';

it('the README lists the exit codes as they are', () => {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, text]) => ({
    code: Number(code),
    text,
  }));
  expect(rows).toEqual(Object.entries(EXIT_CODES).map(([name, code]) => ({ code, text: sayExit(name as ExitName) })));
});
