import { TaskOrders } from './controlled-tasks';

const [A, B] = ['a'.repeat(24), 'b'.repeat(24)];

describe('task orders', () => {
  it('say how a task stood last, and running where nothing was heard', () => {
    const orders = new TaskOrders();
    expect(orders.stateOf(A, 0)).toBe('running');
    orders.note({ task_id: A, state: 'paused' }, 0);
    orders.note({ task_id: B, state: 'paused' }, 0);
    expect(orders.pausedTasks(1)).toEqual([A, B]);
    orders.note({ task_id: A, state: 'ended' }, 1);
    expect(orders.stateOf(A, 2)).toBe('ended');
    expect(orders.pausedTasks(2)).toEqual([B]);
    orders.note({ task_id: A, state: 'running' }, 3);
    expect(orders.stateOf(A, 4)).toBe('running');
  });

  it('forget a pause that is no longer repeated', () => {
    const orders = new TaskOrders();
    for (const now of [0, 2_000, 4_000]) orders.note({ task_id: A, state: 'paused' }, now);
    expect(orders.stateOf(A, 33_999)).toBe('paused');
    expect(orders.stateOf(A, 34_000)).toBe('running');
    expect(orders.pausedTasks(34_000)).toEqual([]);
  });

  it('are incomplete after control messages were missed, until every pause was repeated since, or for 10 s', () => {
    const orders = new TaskOrders();
    orders.noteListening(true, 1_000);
    expect(orders.isComplete(1_000)).toBe(true);
    orders.noteListening(false, 2_000);
    expect(orders.isComplete(1_000_000)).toBe(false);
    orders.noteListening(true, 50_000);
    expect(orders.isComplete(50_000)).toBe(false);
    expect(orders.isComplete(59_999)).toBe(false);
    expect(orders.isComplete(60_000)).toBe(true);
    // What was repeated before the node listened again tells it nothing.
    orders.noteRepeated(502, 50_501);
    expect(orders.isComplete(50_501)).toBe(false);
    orders.noteRepeated(500, 50_501);
    expect(orders.isComplete(50_501)).toBe(true);
  });

  it('are bounded: the oldest is forgotten first', () => {
    const orders = new TaskOrders();
    for (let task = 0; task <= 10_000; task++) orders.note({ task_id: `${task}`, state: 'ended' }, 0);
    expect(orders.stateOf('0', 1)).toBe('running');
    expect(orders.stateOf('1', 1)).toBe('ended');
    expect(orders.stateOf('10000', 1)).toBe('ended');
  });
});
