import { judgeOverdue } from './select-overdue';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
/** Past its deadline for ten seconds. */
const past = { task_id: 't', subtask_id: 't-1', assigned_node: 'n', deadline: at(-10) };
const begun = { ...past, started_time: at(-100) };
const nodeOf = (last_seen: Date, changes: object = {}) => ({
  node_id: 'n',
  instance_id: 'present',
  last_seen,
  current_tasks: [{ subtask_id: 't-1', status: 'scanning', progress: 0 }],
  ...changes,
});
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
    const verdict = judgeOverdue(
      [subTask as never],
      { tasks: of ? [of as never] : [], nodes: seen === undefined ? [] : [nodeOf(at(seen))] },
      NOW,
    );
    expect(verdict).toEqual({
      overdue: expected === 'overdue' ? [subTask] : [],
      putOff: expected instanceof Date ? [{ subTaskIds: ['t-1'], until: expected }] : [],
    });
  });

  const ofRival = (since: number, seen: number) => ({ instance_id: 'rival', since: at(since), last_seen: at(seen) });
  it.each<[string, string | undefined, object, boolean]>([
    ['its present process', 'present', {}, true],
    ['a process that it does not name', undefined, {}, true],
    ['a former process of it', 'former', {}, false],
    ['a process that is still to be heard', 'new', {}, false],
    ['a former process that was heard once more', 'rival', { rivals: [ofRival(-1, -1)] }, false],
    ['another process that lives beside it', 'rival', { rivals: [ofRival(-30, -1)] }, true],
    ['another process that lived beside it before the deadline', 'rival', { rivals: [ofRival(-30, -11)] }, false],
    ['any process of a node that names none', 'whichever', { instance_id: 'n' }, true],
    ['its present process, which lists it no longer', 'present', { current_tasks: [] }, false],
    [
      'its present process, whose list is full',
      'present',
      { current_tasks: Array(10_000).fill({ subtask_id: 'x' }) },
      true,
    ],
  ])('of a node that is heard, what is held by %s', (_name, assigned_instance, changes, isOverdue) => {
    const nodes = [nodeOf(at(-1), changes)];
    const { overdue } = judgeOverdue(
      [{ ...begun, ...(assigned_instance && { assigned_instance }) }],
      { tasks: [], nodes },
      NOW,
    );
    expect(overdue).toHaveLength(isOverdue ? 1 : 0);
  });
});
