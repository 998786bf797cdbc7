import { isTaskOverdue } from '../task-clock';

type TimedTask = Parameters<typeof isTaskOverdue>[0];

const START = new Date('2026-01-01T12:00:00Z');
const after = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const task = (overrides: Partial<TimedTask> = {}): TimedTask => ({
  status: 'RUNNING',
  config: { timeout: 60 },
  started_time: START,
  paused_seconds: 0,
  ...overrides,
});

describe('isTaskOverdue', () => {
  it.each<[string, TimedTask, number, boolean]>([
    ['a task within its time is not', task(), 59, false],
    ['a task past its time is', task(), 60, true],
    ['time spent paused does not count', task({ paused_seconds: 30 }), 89, false],
    ['time beside the pauses counts', task({ paused_seconds: 30 }), 90, true],
    ['the clock stands still while paused', task({ status: 'PAUSED', paused_time: after(50) }), 1_000, false],
    ['a task paused after its time is', task({ status: 'PAUSED', paused_time: after(61) }), 61, true],
    ['a timeout of 0 is without end', task({ config: { timeout: 0 } }), 1_000_000, false],
    ['a queued task has no clock', task({ status: 'QUEUED', started_time: undefined }), 1_000, false],
    ['an ended task has none any more', task({ status: 'COMPLETED' }), 1_000, false],
  ])('%s', (_, subject, seconds, expected) => {
    expect(isTaskOverdue(subject, after(seconds))).toBe(expected);
  });
});
