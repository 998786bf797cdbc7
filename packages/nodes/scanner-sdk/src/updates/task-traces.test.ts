import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { TaskTraces } from './task-traces';

const updatesOf = (...taskIds: string[]) => taskIds.map((task_id) => ({ task_id })) as SubTaskUpdate[];

describe('task traces', () => {
  it('give the newest trace of each traced task of an envelope', () => {
    const traces = new TaskTraces();
    expect(traces.findFor(updatesOf('a'))).toBeUndefined();
    traces.note('a', 'old');
    traces.note('a', 'new');
    traces.note('b', 'other');
    expect(traces.findFor(updatesOf('a', 'a', 'c', 'b', 'a'))).toEqual({ a: 'new', b: 'other' });
    expect(traces.findFor(updatesOf('c'))).toBeUndefined();
  });

  it('forget the tasks whose jobs came longest ago', () => {
    const traces = new TaskTraces();
    traces.note('first', 'trace');
    traces.note('second', 'trace');
    traces.note('first', 'again');
    for (let i = 0; i < 999; i++) traces.note(`task-${i}`, 'trace');
    expect(traces.findFor(updatesOf('first', 'second'))).toEqual({ first: 'again' });
  });
});
