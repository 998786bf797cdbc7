import { taskNameSchema } from '@cyberstroll/contracts';
import { toRunTaskName } from './run-task-id';

const run = { planned_time: new Date('2026-03-01T02:30:00Z') };

it('a task is called as its schedule, with its planned time', () => {
  expect(toRunTaskName({ name: 'nightly' }, run)).toBe('nightly 2026-03-01T02:30Z');
});

it.each(['a'.repeat(200), `a${'😀'.repeat(99)}`])('the longest names make names that a task may have (%#)', (name) => {
  expect(taskNameSchema.parse(toRunTaskName({ name }, run))).toMatch(/ 2026-03-01T02:30Z$/);
});
