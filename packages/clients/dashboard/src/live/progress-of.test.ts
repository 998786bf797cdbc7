import type { ProgressUpdate, Task } from '@cyberstroll/client';
import { effect, signal } from '@preact/signals';
import { merge, toProgressOf, withProgress } from './progress-of';

const counts = (completed_count: number) => ({
  completed_count,
  failed_count: 0,
  timeout_count: 0,
  cancelled_count: 0,
});
const task = {
  task_id: 'a',
  status: 'RUNNING',
  progress: counts(5),
  status_history: [{ status: 'RUNNING', timestamp: '2026-01-01T12:00:00Z' }],
} as unknown as Task;

const show = (status: string, closed: number, timestamp = '2026-01-01T12:00:01Z') => {
  const update = { task_id: 'a', status, counts: counts(closed), timestamp, estimated_remaining: 9 };
  const [shown] = withProgress([task], new Map([['a', update as unknown as ProgressUpdate]]));
  return [shown?.status, shown?.progress.completed_count, shown?.remaining];
};

it('shows what was heard since the list was read', () => {
  expect(show('RUNNING', 6)).toEqual(['RUNNING', 6, 9]);
  expect(show('PAUSED', 5)).toEqual(['PAUSED', 5, 9]);
  expect(withProgress([task], new Map())).toEqual([task]);
});

it('shows what was read where what was heard is older', () => {
  expect(show('RUNNING', 4)).toEqual(['RUNNING', 5, undefined]);
  expect(show('PAUSED', 4, '2026-01-01T11:59:59Z')).toEqual(['RUNNING', 5, undefined]);
});

const update = (task_id: string, seq: number) => ({ task_id, seq }) as ProgressUpdate;

it('a row hears its own task alone, and the newest of it', () => {
  const heard = signal(merge(new Map(), [update('a', 1), update('b', 1)]));
  const drawn: (number | undefined)[] = [];
  const ofRow = toProgressOf(heard, 'a');
  effect(() => {
    drawn.push(ofRow.value?.seq);
  });
  for (const frame of [[update('b', 2)], [update('c', 1)], [update('b', 3), update('a', 5)], [update('a', 4)]]) {
    heard.value = merge(heard.value, frame);
  }
  expect(drawn).toEqual([1, 5]);
});
