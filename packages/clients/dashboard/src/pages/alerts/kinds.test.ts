import { withIds } from './kinds';

const HTML = '<code>task retry &lt;task_id&gt; --reason &lt;reason&gt;</code>';

it('names the real id in the commands of a runbook, and writes no strange id into HTML', () => {
  const id = 'a'.repeat(24);
  expect(withIds(HTML, { rule: 'task_failure_rate', subject: id })).toBe(
    `<code>task retry ${id} --reason &lt;reason&gt;</code>`,
  );
  expect(withIds(HTML, { rule: 'node_silent', subject: id })).toBe(HTML);
  expect(withIds('&lt;node_id&gt;', { rule: 'node_silent', subject: '<img>' })).toBe('&lt;node_id&gt;');
});
