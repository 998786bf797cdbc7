import { judgeOverdue } from './judge-overdue';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
/** Past its deadline for ten seconds. */
const past = { task_id: 't', subtask_id: 't-1', assigned_node: 'n', deadline: at(-10) };
const begun = { ...past, started_time: at(-100) };
const task = (changes: object = {}) => ({
  task_id: 't',
  status: 'RUNNING',
  config: { subtask_timeout: 60 },
  ...changes,
});

describe('judgeOverdue', () => {
  it.each<[string, object, number | undefined, object | undefined, 'overdue' | 'let be' | Date]>([
    ['begun, its node heard since', begun, -1, task(), 'overdue'],
    ['begun, its node not heard since', begun, -11, task(), 'let be'],
    ['begun, its node not heard at all', begun, undefined, task(), 'let be'],
    ['begun, of a paused task', begun, -1, task({ status: 'PAUSED' }), 'overdue'],
    ['not begun', past, -1, task(), 'overdue'],
    ['not begun, of an ended task', past, -1, undefined, 'overdue'],
    ['not begun, of a paused task', past, -1, task({ status: 'PAUSED' }), at(65)],
    ['not begun, of a task paused anew', past, -1, task({ status: 'PAUSED', resumed_time: at(-900) }), at(65)],
    ['not begun, of a task resumed lately', past, -1, task({ resumed_time: at(-50) }), at(15)],
    ['not begun, of a task resumed as long ago as it may take', past, -1, task({ resumed_time: at(-65) }), 'overdue'],
  ])('%s', (_name, subTask, seen, of, expected) => {
    const lastSeen = new Map(seen === undefined ? [] : [['n', at(seen)]]);
    const verdict = judgeOverdue([subTask as never], { tasks: of ? [of as never] : [], lastSeen }, NOW);
    expect(verdict).toEqual({
      overdue: expected === 'overdue' ? [subTask] : [],
      putOff: expected instanceof Date ? [{ subTaskIds: ['t-1'], until: expected }] : [],
    });
  });
});
