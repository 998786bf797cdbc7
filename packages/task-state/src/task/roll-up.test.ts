import { sumShards } from '../counters/sum';
import { decideRollUp, type RolledUpTask } from './roll-up';

const now = new Date('2026-01-01T00:01:00Z');
const task = {
  task_id: 't',
  status: 'QUEUED',
  status_history: [
    { status: 'QUEUED', timestamp: new Date('2026-01-01T00:00:00Z'), reason: 'taken up', operator: 'o' },
  ],
  rev: 1,
  progress_seq: 0,
  progress: { total_targets: 4 },
  paused_seconds: 0,
  config: { pool: 'default' },
  error_info: { error_count: 0, failed_attempts: 0, error_threshold: 4 },
} as unknown as RolledUpTask;
const decide = (of: RolledUpTask, counts: Partial<ReturnType<typeof sumShards>['touched']>, seq: number) => {
  const counters = sumShards([]);
  const touched = { ...counters.touched, ...counts };
  const circumstances = { operator: 'ada', now, getFleetPace: async () => undefined };
  return decideRollUp(of, { ...counters, touched, seq }, circumstances);
};

it('shows a task before and after its transitions, which make one revision', async () => {
  const { before, after, transitions, changes, isChanged } = await decide(task, { completed_count: 4 }, 8);
  expect([before.status, before.seq, after.status, after.seq]).toEqual(['QUEUED', 9, 'COMPLETED', 10]);
  expect(transitions.map(({ status }) => status)).toEqual(['RUNNING', 'COMPLETED']);
  expect(changes.set).toMatchObject({ status: 'COMPLETED', progress_seq: 10, progress: { completed_count: 4 } });
  expect(changes.set.status_history!.slice(-2)).toMatchObject([{ operator: 'ada' }, { operator: 'ada' }]);
  expect(isChanged).toBe(true);
});

it.each([
  [8, true],
  [7, false],
])('writes progress alone only if the document shows older progress: counters at %i', async (seq, expected) => {
  const running = { ...task, status: 'RUNNING', progress_seq: 8 } as RolledUpTask;
  const { before, after, transitions, changes, isChanged } = await decide(running, { completed_count: 1 }, seq);
  expect([transitions, isChanged, changes.set.status]).toEqual([[], expected, undefined]);
  expect(after).toBe(before);
});

const frozen = { code: 'frozen', reason: '', since: now } as const;
it.each([
  ['paused', { status: 'PAUSED' }],
  ['frozen without an end', { hold: frozen }],
] as const)('estimates no end while it is %s', async (_what, change) => {
  const started_time = new Date('2026-01-01T00:00:00Z');
  const running = { ...task, status: 'RUNNING', started_time, paused_time: now } as unknown as RolledUpTask;
  const remaining = async (of: RolledUpTask) => (await decide(of, { completed_count: 2 }, 1)).after.estimated_remaining;
  expect(await remaining(running)).toBe(60);
  expect(await remaining({ ...running, ...change } as RolledUpTask)).toBeNull();
});

it('estimates the end with the hours in which nothing is scanned', async () => {
  // 4 of 8 in a minute: a minute is left. The window closes in half of it, and opens again a day later.
  const windows = [{ days: ['thu', 'fri'], from: '00:00', to: '00:02', time_zone: 'UTC' }];
  const running = {
    ...task,
    status: 'RUNNING',
    started_time: new Date('2026-01-01T00:00:30Z'),
    progress: { total_targets: 8 },
    config: { pool: 'default', windows },
  } as unknown as RolledUpTask;
  const at = { ...running, started_time: new Date('2025-12-31T23:59:00Z') };
  const { after, changes } = await decide(at, { completed_count: 4 }, 1);
  expect([after.estimated_remaining, changes.set.estimated_completion]).toEqual([
    86_400,
    new Date('2026-01-02T00:01:00Z'),
  ]);
  const until = new Date('2026-01-02T00:00:00Z');
  const hold = { code: 'outside_window', reason: '', since: now, until } as const;
  const held = await decide({ ...at, hold, paused_time: now }, { completed_count: 4 }, 1);
  expect(held.changes.set.estimated_completion).toEqual(new Date('2026-01-02T00:02:00Z'));
  const gone = await decide(
    { ...running, hold, config: { pool: 'default' } } as RolledUpTask,
    { completed_count: 4 },
    1,
  );
  expect(gone.after.estimated_remaining).toBe(86_400 - 60 + 30);
});
