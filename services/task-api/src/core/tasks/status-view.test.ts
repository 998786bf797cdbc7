import { NO_TOUCHED, type Task, taskStatusViewSchema } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { toProgress } from '@cyberstroll/task-state';
import { toStatusView } from './status-view';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const taskOf = (...history: [TaskStatus, number][]): Pick<Task, 'task_id' | 'status' | 'status_history'> => ({
  task_id: 'a'.repeat(24),
  status: history.at(-1)![0],
  status_history: history.map(([status, seconds]) => ({ status, timestamp: at(seconds), reason: 'r', operator: 'o' })),
});
const half = {
  progress: toProgress(10, { ...NO_TOUCHED, completed_count: 4, failed_count: 1 }, false),
  estimatedRemaining: 12,
};

describe('toStatusView', () => {
  it('is the contract’s shape, the present status lasting until now', () => {
    const view = toStatusView(taskOf(['CREATED', 0], ['QUEUED', 1.5], ['RUNNING', 4]), half, at(10));
    expect(taskStatusViewSchema.parse(view)).toEqual({
      task_id: 'a'.repeat(24),
      status: 'RUNNING',
      progress: { percentage: 50, completed: 4, total: 10, estimated_remaining: 12 },
      timeline: [
        { status: 'CREATED', timestamp: at(0).toISOString(), duration: 1.5 },
        { status: 'QUEUED', timestamp: at(1.5).toISOString(), duration: 2.5 },
        { status: 'RUNNING', timestamp: at(4).toISOString(), duration: 6 },
      ],
    });
  });

  it('has nothing left and lasts no time at an end', () => {
    const view = toStatusView(taskOf(['CREATED', 0], ['CANCELLED', 3]), half, at(100));
    expect(view.progress.estimated_remaining).toBe(0);
    expect(view.timeline.map(({ duration }) => duration)).toEqual([3, 0]);
  });

  it('keeps an estimate that cannot be made as null, and no duration below zero', () => {
    const view = toStatusView(taskOf(['CREATED', 5]), { ...half, estimatedRemaining: null }, at(4));
    expect(view.progress.estimated_remaining).toBeNull();
    expect(view.timeline[0]?.duration).toBe(0);
  });
});
