import { MAX_CONTROL_TASKS } from '@cyberstroll/contracts';
import { TASK_STATUSES } from '@cyberstroll/state-machine';
import { toControls } from './to-controls';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

describe('toControls', () => {
  it('repeats which tasks are paused and which are over', () => {
    const tasks = TASK_STATUSES.map((status) => ({ task_id: status, status }));
    expect(toControls(tasks, NOW)).toEqual([
      { task_ids: ['PAUSED'], state: 'paused' },
      { task_ids: ['COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT'], state: 'ended' },
    ]);
  });

  it('puts as many tasks into a message as it may have', () => {
    const tasks = Array.from({ length: MAX_CONTROL_TASKS + 1 }, (_, i) => ({
      task_id: `t${i}`,
      status: 'PAUSED' as const,
    }));
    const lists = toControls(tasks, NOW).map(({ task_ids }) => task_ids);
    expect(lists.map(({ length }) => length)).toEqual([MAX_CONTROL_TASKS, 1]);
    expect(lists.flat()).toEqual(tasks.map(({ task_id }) => task_id));
  });

  it('repeats for a while that a task was resumed', () => {
    const tasks = [ago(5), ago(50)].map((resumed_time, i) => ({
      task_id: `t${i}`,
      status: 'RUNNING' as const,
      resumed_time,
    }));
    expect(toControls(tasks, NOW)).toEqual([{ task_ids: ['t0'], state: 'running' }]);
  });
});
