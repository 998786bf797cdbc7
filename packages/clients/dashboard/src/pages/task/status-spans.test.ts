import type { Task } from '@cyberstroll/client';
import { toSpans } from './status-spans';

const at = (seconds: number) => new Date(seconds * 1_000).toISOString();
const toHistory = (...changes: [Task['status'], number][]) =>
  changes.map(([status, seconds]) => ({ status, timestamp: at(seconds), reason: '', operator: '' }));
const spansOf = (history: Task['status_history'], now: number) =>
  toSpans(history, now * 1_000).map(({ status, seconds, isOpen }) => [status, seconds, ...(isOpen ? ['now'] : [])]);

it('each status lasts until the next one; the present one lasts until now', () => {
  const history = toHistory(['CREATED', 0], ['QUEUED', 1], ['RUNNING', 3], ['PAUSED', 10]);
  expect(spansOf(history, 15)).toEqual([
    ['CREATED', 1],
    ['QUEUED', 2],
    ['RUNNING', 7],
    ['PAUSED', 5, 'now'],
  ]);
});

it('the end takes no time, unless the task runs again', () => {
  expect(spansOf(toHistory(['RUNNING', 0], ['FAILED', 4]), 99)).toEqual([['RUNNING', 4]]);
  expect(spansOf(toHistory(['RUNNING', 0], ['FAILED', 4], ['RUNNING', 9]), 10)).toEqual([
    ['RUNNING', 4],
    ['FAILED', 5],
    ['RUNNING', 1, 'now'],
  ]);
});

it('entries of one status are one span, and a clock that is behind makes no time negative', () => {
  const history = toHistory(['RUNNING', 5], ['RUNNING', 6], ['PAUSED', 4]);
  expect(spansOf(history, 3)).toEqual([
    ['RUNNING', 0],
    ['PAUSED', 0, 'now'],
  ]);
  expect(spansOf([], 3)).toEqual([]);
});
