import { ControlledTasks } from './controlled-tasks';

const [A, B] = ['a'.repeat(24), 'b'.repeat(24)];

describe('the tasks that control messages name', () => {
  it('are in the state of their newest message, and running without one', () => {
    const tasks = new ControlledTasks();
    expect(tasks.stateOf(A, 0)).toBe('running');
    tasks.note({ task_ids: [A], state: 'paused' }, 0);
    tasks.note({ task_ids: [B], state: 'paused' }, 0);
    expect([A, B].map((task) => tasks.stateOf(task, 1))).toEqual(['paused', 'paused']);
    tasks.note({ task_ids: [A], state: 'ended' }, 1);
    expect(tasks.stateOf(A, 2)).toBe('ended');
    expect(tasks.stateOf(B, 2)).toBe('paused');
    tasks.note({ task_ids: [A], state: 'running' }, 3);
    expect(tasks.stateOf(A, 4)).toBe('running');
  });

  it('are no longer paused when the pause is not repeated', () => {
    const tasks = new ControlledTasks();
    for (const now of [0, 2_000, 4_000]) tasks.note({ task_ids: [A], state: 'paused' }, now);
    expect(tasks.stateOf(A, 33_999)).toBe('paused');
    expect(tasks.stateOf(A, 34_000)).toBe('running');
  });

  it('are bounded: the oldest goes first', () => {
    const tasks = new ControlledTasks();
    for (let task = 0; task <= 100_000; task++) tasks.note({ task_ids: [`${task}`], state: 'ended' }, 0);
    expect(tasks.stateOf('0', 1)).toBe('running');
    expect(tasks.stateOf('1', 1)).toBe('ended');
    expect(tasks.stateOf('100000', 1)).toBe('ended');
  });
});
