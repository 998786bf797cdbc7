import type { Overlap } from '@cyberstroll/contracts';
import { decideRun, decideTurn, isFailing, planAfter } from './decide-run';

const PLANNED = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(PLANNED.getTime() + seconds * 1_000);
const toSchedule = (overlap: Overlap, rest: object = {}) => ({
  every: 60,
  time_zone: 'UTC',
  jitter: 0,
  created_time: PLANNED,
  overlap,
  catch_up: 120,
  ...rest,
});
const FREE = { hasTask: false, hasWaiting: false };
const CREATE = { outcome: 'waiting', todo: 'create' };
const SKIP = { outcome: 'skipped_overlap' };

it.each([
  ['skip', FREE, CREATE],
  ['skip', { hasTask: true, hasWaiting: false }, SKIP],
  ['skip', { hasTask: false, hasWaiting: true }, SKIP],
  ['queue', { hasTask: true, hasWaiting: false }, CREATE],
  ['queue', { hasTask: true, hasWaiting: true }, SKIP],
  ['cancel', { hasTask: true, hasWaiting: true }, CREATE],
] as const)('%s, with %p open: %p', (overlap, open, decision) => {
  expect(decideRun(toSchedule(overlap), PLANNED, PLANNED, open)).toEqual(decision);
});

it('a run that is later than the catch-up is missed, one that is as late as it may be is not', () => {
  const schedule = toSchedule('skip');
  expect(decideRun(schedule, PLANNED, after(120), FREE)).toEqual(CREATE);
  expect(decideRun(schedule, PLANNED, after(120.001), FREE)).toEqual({ outcome: 'missed' });
  // The jitter is no lateness.
  const jittered = { ...toSchedule('skip', { jitter: 3_600 }), schedule_id: 'c'.repeat(24) };
  expect(decideRun(jittered, PLANNED, after(121), FREE)).toEqual(CREATE);
});

it('missed runs in a row are one decision, and the first that is young enough comes next', () => {
  const schedule = toSchedule('skip');
  const run = decideRun(schedule, PLANNED, after(3_600), FREE);
  expect(run).toEqual({ outcome: 'missed', missed_until: after(3_480) });
  expect(planAfter(schedule, { planned_time: PLANNED, ...run }).next_time).toEqual(after(3_480));
  const ended = toSchedule('skip', { end: after(600) });
  const last = decideRun(ended, PLANNED, after(86_400), FREE);
  expect(last).toEqual({ outcome: 'missed', missed_until: after(600) });
  expect(planAfter(ended, { planned_time: PLANNED, ...last })).toEqual({});
});

it('pauses after this number of failures in a row, of runs or of their tasks', () => {
  const failed = { outcome: 'failed' } as const;
  const timedOut = { outcome: 'created', task_status: 'TIMEOUT' } as const;
  const open = { outcome: 'created' } as const;
  const done = { outcome: 'created', task_status: 'COMPLETED' } as const;
  expect(isFailing([timedOut, failed], 2)).toBe(true);
  expect(isFailing([timedOut], 2)).toBe(false);
  expect(isFailing([open, failed], 2)).toBe(false);
  expect(isFailing([failed, done, failed], 2)).toBe(false);
  expect(isFailing([failed, failed], undefined)).toBe(false);
});

const task = (task_id: string, seconds: number) => ({ task_id, planned_time: after(seconds) });
const GO = (...cancel: string[]) => ({ turn: 'create', cancel });
it.each([
  ['skip', [], GO()],
  ['queue', [], GO()],
  ['cancel', [], GO()],
  ['skip', [task('before', -60)], { turn: 'wait' }],
  ['queue', [task('after', 60)], { turn: 'wait' }],
  ['cancel', [task('before', -60), task('long before', -120)], GO('before', 'long before')],
  ['cancel', [task('before', -60), task('after', 60)], { turn: 'skip' }],
  ['cancel', [task('own', 0)], GO()],
  ['queue', [task('own', 0)], GO()],
] as const)('%s, a run that waits, beside the open tasks %j: %j', (overlap, open, turn) => {
  expect(decideTurn(overlap, { planned_time: PLANNED }, open)).toEqual(turn);
});
