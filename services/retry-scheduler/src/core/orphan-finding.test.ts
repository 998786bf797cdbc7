import { toOrphanFinding } from './orphan-finding';

const NOW = new Date('2026-03-01T00:00:00Z');
const idOf = (time: string) => (Date.parse(time) / 1_000).toString(16).padStart(8, '0') + 'a'.repeat(16);
const find = (task_id: string, sample: string[] = []) =>
  toOrphanFinding({ kind: 'orphan_chunks', task_id, count: 3, sample }, 30, NOW);

it.each([
  ['a task from before the expiry', idOf('2026-01-29T00:00:00Z'), true],
  ['a younger task', idOf('2026-02-01T00:00:00Z'), false],
  ['a task of the future', 'f'.repeat(24), false],
  ['something that is not a task id', 'what is this', false],
])('orphans of %s: %s, deleted: %s', (_name, taskId, expected) => {
  expect(find(taskId).isDeleted).toBe(expected);
});

it('says how many documents there are, with examples, and what happens to them', () => {
  const old = idOf('2026-01-29T00:00:00Z');
  expect(find(old, ['c-1', 'c-2']).finding).toEqual({
    finding: 'orphan_chunks',
    task_id: old,
    reason: '3 documents of a task that does not exist (c-1, c-2); deleted',
    mark: 'deleted',
    lasting: false,
  });
  expect(find(idOf('2026-02-01T00:00:00Z')).finding.reason).toBe(
    '3 documents of a task that does not exist; kept, since the task was too young to be cleaned up',
  );
});
