import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, withIds } from './first-steps';

it('the first command of each alert is one of the command line', () => {
  const page = readFileSync(join(__dirname, '../../../../../../docs/commands.md'), 'utf8');
  for (const command of Object.values(COMMANDS)) expect(page).toContain(`\n| \`${command.replace('cyberstroll ', '')}`);
});

const HTML = '<code>task retry &lt;task_id&gt; --reason &lt;reason&gt;</code>';

it('names the real id in the commands of a runbook, and writes no strange id into HTML', () => {
  const id = 'a'.repeat(24);
  expect(withIds(HTML, { rule: 'task_failure_rate', subject: id })).toBe(
    `<code>task retry ${id} --reason &lt;reason&gt;</code>`,
  );
  expect(withIds(HTML, { rule: 'node_silent', subject: id })).toBe(HTML);
  expect(withIds('&lt;node_id&gt;', { rule: 'node_silent', subject: '<img>' })).toBe('&lt;node_id&gt;');
});
