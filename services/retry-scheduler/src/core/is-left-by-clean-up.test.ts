import { isLeftByCleanUp } from './is-left-by-clean-up';

const NOW = new Date('2026-03-01T00:00:00Z');
const idOf = (time: string) => (Date.parse(time) / 1_000).toString(16).padStart(8, '0') + 'a'.repeat(16);

it.each([
  ['of a task from before the expiry', idOf('2026-01-29T00:00:00Z'), true],
  ['of a younger task', idOf('2026-02-01T00:00:00Z'), false],
  ['of a task of the future', 'f'.repeat(24), false],
  ['of what is no task id', 'what is this', false],
])('deletes documents %s: %s %s', (_name, taskId, expected) => {
  expect(isLeftByCleanUp(taskId, 30, NOW)).toBe(expected);
});
