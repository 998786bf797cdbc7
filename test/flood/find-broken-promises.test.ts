import type { FloodFigures } from './figures';
import { findBrokenPromises } from './find-broken-promises';
import { toTable } from './table';
import type { Observation } from './watch-system';

const flat = Array.from({ length: 30 }, (_, second) => 180 + (second % 7));
const rising = Array.from({ length: 30 }, (_, second) => 100 + 5 * second);

const observation = (change: Partial<Observation> = {}): Observation => ({
  looks: 30,
  rss_mb: { 'state-updater': flat, 'task-api': flat },
  backlog: 9,
  creates: { 201: 3, 429: 27 },
  refused_without_wait: 0,
  failed_reads: [],
  frames: 60,
  ...change,
});

const figures = (change: Partial<FloodFigures> = {}): FloodFigures => ({
  factor: 20,
  sustained: 100,
  offered: 1_990,
  updates: 60_000,
  flood_seconds: 30,
  applied_in_flood: 3_000,
  drain_seconds: 10,
  during: observation(),
  after: observation(),
  status: 'COMPLETED',
  completed: 60_000,
  recounted: 60_000,
  ...change,
});

it('finds no broken promise if all are kept', () => {
  expect(findBrokenPromises(figures())).toEqual([]);
});

it.each<[string, Partial<FloodFigures>, RegExp]>([
  ['a trickle', { applied_in_flood: 20_000 }, /^no flood: 3\.0 times/],
  ['a task that did not end', { status: 'RUNNING' }, /^not all applied: the task is RUNNING/],
  ['an update counted twice', { completed: 60_001 }, /^not all applied once: 60001 counted/],
  ['an update lost', { recounted: 59_999 }, /^not all applied once: 59999 subtasks/],
  ['no task refused', { during: observation({ creates: { 201: 30 } }) }, /^no new task was refused/],
  ['no task taken afterwards', { after: observation({ creates: { 429: 30 } }) }, /^no new task was taken/],
  [
    'an error of the API',
    { during: observation({ creates: { 429: 29, 500: 1 } }) },
    /^flood: a create was answered 500/,
  ],
  ['a refusal without Retry-After', { during: observation({ refused_without_wait: 1 }) }, /^flood: 1 refusals without/],
  ['a read that failed', { after: observation({ failed_reads: ['answered 503'] }) }, /^recovery: a read .* 503$/],
  ['a silent subscription', { during: observation({ frames: 0 }) }, /^flood: the subscriber got no frame/],
  [
    'memory that rises',
    { after: observation({ rss_mb: { 'task-api': rising } }) },
    /^recovery: task-api grew from 125 to 225/,
  ],
  ['an updater too large', { during: observation({ rss_mb: { 'state-updater': [301, 299] } }) }, /^flood: .* 301 MB/],
])('names %s', (_name, change, broken) => {
  expect(findBrokenPromises(figures(change))).toEqual([expect.stringMatching(broken)]);
});

it('shows what was applied in the flood and after it, each by its own time', () => {
  expect(toTable(figures())).toContain('| updates applied per second | 100 | 5700 |');
});
