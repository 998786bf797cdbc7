import { TASK_STATUSES } from '@cyberstroll/state-machine';
import { toControls } from './to-controls';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

describe('toControls', () => {
  it('repeats which tasks are paused and which are over', () => {
    const tasks = TASK_STATUSES.map((status) => ({ task_id: status, status }));
    expect(toControls(tasks, NOW).map(({ task_id, state }) => `${task_id} ${state}`)).toEqual([
      'PAUSED paused',
      'COMPLETED ended',
      'FAILED ended',
      'CANCELLED ended',
      'TIMEOUT ended',
    ]);
  });

  it('repeats for a while that a task was resumed', () => {
    const tasks = [ago(5), ago(50)].map((resumed_time, i) => ({
      task_id: `t${i}`,
      status: 'RUNNING' as const,
      resumed_time,
    }));
    expect(toControls(tasks, NOW)).toEqual([{ task_id: 't0', state: 'running' }]);
  });
});
