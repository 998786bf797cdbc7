import { selectOverdue } from './select-overdue';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
/** Ten seconds past its deadline. */
const past = { task_id: 't', subtask_id: 't-1', assigned_node: 'n', deadline: at(-10) };
const started = { ...past, started_time: at(-100) };
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

describe('selectOverdue', () => {
  it.each<[string, object, number | undefined, object | undefined, 'overdue' | 'stays' | Date]>([
    ['started, its node heard since', started, -1, task(), 'overdue'],
    ['started, its node not heard since', started, -11, task(), 'stays'],
    ['started, its node never heard', started, undefined, task(), 'stays'],
    ['started, of a paused task', started, -1, task({ status: 'PAUSED' }), 'overdue'],
    ['not started', past, -1, task(), 'overdue'],
    ['not started, of an ended task', past, -1, undefined, 'overdue'],
    ['not started, of a paused task', past, -1, task({ status: 'PAUSED' }), at(65)],
    ['not started, of a task paused again', past, -1, task({ status: 'PAUSED', resumed_time: at(-900) }), at(65)],
    ['not started, of a task resumed lately', past, -1, task({ resumed_time: at(-50) }), at(15)],
    ['not started, of a task resumed one deadline ago', past, -1, task({ resumed_time: at(-65) }), 'overdue'],
  ])('%s', (_name, subTask, seen, of, expected) => {
    const selection = selectOverdue(
      [subTask as never],
      { tasks: of ? [of as never] : [], nodes: seen === undefined ? [] : [nodeOf(at(seen))] },
      NOW,
    );
    expect(selection).toEqual({
      overdue: expected === 'overdue' ? [subTask] : [],
      putOff: expected instanceof Date ? [{ subTaskIds: ['t-1'], until: expected }] : [],
    });
  });

  const ofRival = (since: number, seen: number) => ({ instance_id: 'rival', since: at(since), last_seen: at(seen) });
  it.each<[string, string | undefined, object, boolean]>([
    ['its present process', 'present', {}, true],
    ['a process that the claim does not name', undefined, {}, true],
    ['a former process', 'former', {}, false],
    ['a process that was not heard yet', 'new', {}, false],
    ['a former process that was heard only once', 'rival', { rivals: [ofRival(-1, -1)] }, false],
    ['a living rival', 'rival', { rivals: [ofRival(-30, -1)] }, true],
    ['a rival that was heard only before the deadline', 'rival', { rivals: [ofRival(-30, -11)] }, false],
    ['any process of a node that names no process', 'whichever', { instance_id: 'n' }, true],
    ['its present process, which lists it no longer', 'present', { current_tasks: [] }, false],
    [
      'its present process, whose list is full',
      'present',
      { current_tasks: Array(10_000).fill({ subtask_id: 'x' }) },
      true,
    ],
  ])('of a node that is heard, a subtask held by %s', (_name, assigned_instance, changes, isOverdue) => {
    const nodes = [nodeOf(at(-1), changes)];
    const { overdue } = selectOverdue(
      [{ ...started, ...(assigned_instance && { assigned_instance }) }],
      { tasks: [], nodes },
      NOW,
    );
    expect(overdue).toHaveLength(isOverdue ? 1 : 0);
  });
});
