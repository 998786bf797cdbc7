import { ControlledTasks } from './controlled-tasks';

const [A, B] = ['a'.repeat(24), 'b'.repeat(24)];

describe('the tasks that control messages name', () => {
  it('are in the state of their newest message, and running without one', () => {
    const tasks = new ControlledTasks();
    expect(tasks.stateOf(A, 0)).toBe('running');
    tasks.note({ task_ids: [A], state: 'paused' }, 0);
    tasks.note({ task_ids: [B], state: 'paused' }, 0);
    expect(tasks.pausedTasks(1)).toEqual([A, B]);
    tasks.note({ task_ids: [A], state: 'ended' }, 1);
    expect(tasks.stateOf(A, 2)).toBe('ended');
    expect(tasks.pausedTasks(2)).toEqual([B]);
    tasks.note({ task_ids: [A], state: 'running' }, 3);
    expect(tasks.stateOf(A, 4)).toBe('running');
  });

  it('are no longer paused when the pause is not repeated', () => {
    const tasks = new ControlledTasks();
    for (const now of [0, 2_000, 4_000]) tasks.note({ task_ids: [A], state: 'paused' }, now);
    expect(tasks.stateOf(A, 33_999)).toBe('paused');
    expect(tasks.stateOf(A, 34_000)).toBe('running');
    expect(tasks.pausedTasks(34_000)).toEqual([]);
  });

  it('are incomplete after control messages were missed, until every pause has been repeated, for 10 s at most', () => {
    const tasks = new ControlledTasks();
    tasks.noteListening(true, 1_000);
    expect(tasks.isComplete(1_000)).toBe(true);
    tasks.noteListening(false, 2_000);
    expect(tasks.isComplete(1_000_000)).toBe(false);
    tasks.noteListening(true, 50_000);
    expect(tasks.isComplete(50_000)).toBe(false);
    expect(tasks.isComplete(59_999)).toBe(false);
    expect(tasks.isComplete(60_000)).toBe(true);
    // Pauses that were repeated before the node listened again do not count.
    tasks.noteRepeated(502, 50_501);
    expect(tasks.isComplete(50_501)).toBe(false);
    tasks.noteRepeated(500, 50_501);
    expect(tasks.isComplete(50_501)).toBe(true);
  });

  it('are bounded: the oldest goes first', () => {
    const tasks = new ControlledTasks();
    for (let task = 0; task <= 10_000; task++) tasks.note({ task_ids: [`${task}`], state: 'ended' }, 0);
    expect(tasks.stateOf('0', 1)).toBe('running');
    expect(tasks.stateOf('1', 1)).toBe('ended');
    expect(tasks.stateOf('10000', 1)).toBe('ended');
  });
});
