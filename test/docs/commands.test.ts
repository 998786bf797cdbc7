import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../packages/clients/cli/src/program';
import { COMMAND_INDEX, renderCommandIndex } from './command-index';
import { renderCommands } from './commands';
import { ROOT } from './tree';

it('docs/commands.md is what `npm run docs` writes', () => {
  expect(readFileSync(join(ROOT, 'docs/commands.md'), 'utf8')).toBe(renderCommands(createProgram));
});

it('the index of the commands is what `npm run docs` writes: every file with commands is in it', () => {
  expect(readFileSync(join(ROOT, COMMAND_INDEX), 'utf8')).toBe(renderCommandIndex());
});
