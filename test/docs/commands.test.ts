import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../packages/clients/cli/src/program';
import { renderCommands } from './commands';
import { ROOT } from './tree';

it('docs/commands.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(ROOT, 'docs/commands.md'), 'utf8')).toBe(renderCommands(createProgram));
});
