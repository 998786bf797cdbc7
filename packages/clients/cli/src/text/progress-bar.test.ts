import { NO_TOUCHED } from '@cyberstroll/contracts';
import type { WatchUpdate } from '../watch-update';
import { renderProgress } from './progress-bar';

const update: WatchUpdate = {
  type: 'progress_update',
  task_id: 'a'.repeat(24),
  progress: 48.25,
  status: 'RUNNING',
  timestamp: '2026-01-31T12:00:00.000Z',
  seq: 7,
  counts: {
    total_targets: 256,
    pending_count: 100,
    assigned_count: 2,
    scanning_count: 30,
    completed_count: 120,
    failed_count: 3,
    timeout_count: 0,
    retry_count: 1,
    cancelled_count: 0,
    retries_total: 0,
  },
  estimated_remaining: 200,
  done: 123,
  total: 256,
};
const ended: WatchUpdate = { ...update, progress: 100, status: 'COMPLETED', estimated_remaining: 0, done: 256 };
const NO_COUNTS = { ...NO_TOUCHED, total_targets: 256, pending_count: 0, retries_total: 0 };

it.each([
  [
    'a bar as long as there is room for',
    update,
    { columns: 120 },
    'RUNNING  ███████████████████░░░░░░░░░░░░░░░░░░░░░   48.2%  123/256  scanning 30  retrying 1  failed 3  ETA 3 min 20 s',
  ],
  ['no bar on a narrow terminal', update, { columns: 40 }, 'RUNNING  48.2%  123/256  scanning 30  r'],
  [
    'a plain line elsewhere',
    update,
    {},
    'RUNNING  48.2%  123/256  pending 100  assigned 2  scanning 30  retrying 1  completed 120  failed 3  ETA 3 min 20 s',
  ],
  [
    'no count that is 0, and no ETA where none is known',
    { ...update, counts: NO_COUNTS, estimated_remaining: null },
    {},
    'RUNNING  48.2%  123/256',
  ],
  [
    'no 100% before all is done',
    { ...update, progress: 99.99, counts: NO_COUNTS, estimated_remaining: null },
    {},
    'RUNNING  99.9%  123/256',
  ],
  [
    'no ETA at the end',
    { ...ended, counts: NO_COUNTS },
    { columns: 60 },
    'COMPLETED  ███████████████████████████████    100%  256/256',
  ],
  [
    'no escapes of the server',
    { ...ended, status: '\u001b[2JODD', counts: NO_COUNTS },
    {},
    'ODD  100%  256/256  ETA 0 s',
  ],
])('shows %s', (_name, shown, style, line) => {
  expect(renderProgress(shown, style)).toBe(line);
});

it.each([1, 10, 30, 60, 80, 100, 200])('never fills %d columns', (columns) => {
  expect(renderProgress(update, { columns }).length).toBeLessThan(columns);
});

it('paints the bar by status only where colour is wanted', () => {
  expect(renderProgress(ended, { columns: 80, color: true })).toContain('\u001b[32mCOMPLETED');
  expect(renderProgress(ended, { columns: 80 })).not.toContain('\u001b');
});
