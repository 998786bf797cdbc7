import { NO_TOUCHED } from '@cyberstroll/contracts';
import { toTask } from '../../test/api-peer';
import type { ApiTask } from '../api-types';
import { createRates } from './rates';

const START = Date.parse('2026-01-31T12:00:00.000Z');
const toRunning = (completed: number, changes: Partial<ApiTask> = {}): ApiTask => {
  const task = toTask('a', { started_time: new Date(START).toISOString(), ...changes });
  return { ...task, progress: { ...task.progress, ...NO_TOUCHED, completed_count: completed } };
};

it('is the mean of the task at first, then that of the last ten seconds', () => {
  const toRates = createRates();
  const at = (seconds: number, completed: number) => toRates([toRunning(completed)], START + seconds * 1_000).get('a');
  expect(at(10, 20)).toBe(2);
  expect(at(12, 30)).toBe(5);
  expect(at(22, 30)).toBe(0);
  expect(at(23, 40)).toBe(10);
});

it('leaves pauses out of the mean, and is 0 for what does not run', () => {
  const once = (task: ApiTask) => createRates()([task], START + 20_000).get('a');
  expect(once(toRunning(30, { paused_seconds: 10 }))).toBe(3);
  expect(once(toRunning(30, { status: 'PAUSED' }))).toBe(0);
  expect(once(toRunning(0, { status: 'CREATED', started_time: undefined }))).toBe(0);
});
