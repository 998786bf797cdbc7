import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from './first-steps';

it('the first command of each alert is one of the command line', () => {
  const page = readFileSync(join(__dirname, '../../../../../../docs/commands.md'), 'utf8');
  for (const command of Object.values(COMMANDS)) expect(page).toContain(`\n| \`${command.replace('cyberstroll ', '')}`);
});
