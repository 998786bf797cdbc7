import type { Progress } from '@cyberstroll/client';
import type { LiveTask } from '../../live/progress-of';
import { toEstimatedRate, toRemaining } from './pace';

const progress = { total_targets: 100, completed_count: 50, failed_count: 0, timeout_count: 0, cancelled_count: 0 };
const toRate = (status: LiveTask['status'], remaining?: number, task?: Partial<LiveTask>) =>
  toEstimatedRate({ ...({ status, progress: progress as Progress, config: {} } as LiveTask), ...task }, remaining);

it('the rate is what is left by the time that it takes', () => {
  expect([toRate('RUNNING', 5), toRate('RUNNING', 0), toRate('RUNNING'), toRate('PAUSED', 5)]).toEqual([
    10,
    undefined,
    undefined,
    undefined,
  ]);
});

it('there is no rate of a task that scans in some hours only', () => {
  const windows = [{ days: ['mon' as const], from: '22:00', to: '23:00', time_zone: 'UTC' }];
  expect(toRate('RUNNING', 5, { config: { windows } as LiveTask['config'] })).toBeUndefined();
});

it.each([
  ['as it was heard', { remaining: 7, estimated_completion: '1970-01-01T00:01:00Z' }, 7],
  ['not at all where no rate is known', { remaining: null, estimated_completion: '1970-01-01T00:01:00Z' }, undefined],
  ['as it was read, before it is heard', { estimated_completion: '1970-01-01T00:01:00Z' }, 50],
  ['not at all where nothing is known', {}, undefined],
])('the time that is left is shown %s', (_name, task, seconds) => {
  expect(toRemaining(task as LiveTask, () => 10_000)).toBe(seconds);
});
