import { NO_TOUCHED } from '@cyberstroll/contracts';
import type { WatchUpdate } from '../watch-update';
import { createProgressView } from './progress-view';

const toUpdate = (done: number, status = 'RUNNING'): WatchUpdate => ({
  type: 'progress_update',
  task_id: 'a'.repeat(24),
  progress: done,
  status,
  timestamp: '2026-01-31T12:00:00.000Z',
  counts: { ...NO_TOUCHED, total_targets: 100, pending_count: 0, retries_total: 0 },
  estimated_remaining: null,
  done,
  total: 100,
});

function setup(isTTY: boolean) {
  const written: string[] = [];
  const view = createProgressView({ isTTY, columns: 40, write: (text: string) => written.push(text) });
  return { view, written };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('elsewhere than on a terminal: a line a second, the newest, and a change of status at once', () => {
  const { view, written } = setup(false);
  for (const done of [1, 2, 3]) view.show(toUpdate(done));
  expect(written).toEqual(['RUNNING  1.0%  1/100\n']);
  jest.advanceTimersByTime(1_000);
  expect(written.slice(1)).toEqual(['RUNNING  3.0%  3/100\n']);
  view.show(toUpdate(4));
  view.show(toUpdate(100, 'COMPLETED'));
  view.stop();
  jest.advanceTimersByTime(5_000);
  expect(written.slice(2)).toEqual(['COMPLETED  100%  100/100\n']);
});

it('on a terminal: one line redrawn, notices above it, a line end when it stops', () => {
  const { view, written } = setup(true);
  view.show(toUpdate(1));
  view.show(toUpdate(2));
  view.notice('lost \u001b[2Jit');
  view.stop();
  expect(written).toEqual([
    '\r\u001b[2KRUNNING  ░░░░░░░░░░░░░░░    1.0%  1/100',
    '\r\u001b[2Klost it\n',
    '\r\u001b[2KRUNNING  ░░░░░░░░░░░░░░░    2.0%  2/100',
    '\n',
  ]);
});
