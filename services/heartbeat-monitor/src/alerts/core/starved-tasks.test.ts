import type { StandingLimit } from '@cyberstroll/task-state';
import { type BeginningTask, createStarvedTasks } from './starved-tasks';

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);

const toLimit = (outstanding: number): StandingLimit => ({
  key: 'l',
  numbers: { max_concurrent: 5 },
  use: { outstanding, not_begun: 0 },
  state: {},
  tasks: new Set(['t']),
});
const toTask = (changes: Partial<BeginningTask> = {}): BeginningTask => ({
  task_id: 't',
  cursor: 5,
  progress: { total_targets: 9, retry_count: 0 },
  config: { retry_delay: 5, max_retry_delay: 300 },
  moves: 7,
  ...changes,
});

/** A pass every five seconds; `see` says what each finds. Resolves with the last value. */
function pass(
  seconds: number,
  see: (second: number) => { outstanding?: number; task?: BeginningTask; isMissed?: boolean } = () => ({}),
  subjects: string[] = [],
): number | undefined {
  const starved = createStarvedTasks({ afterMs: 3_600_000 });
  let value: number | undefined;
  for (let second = 0; second <= seconds; second += 5) {
    const { outstanding = 5, task = toTask(), isMissed = false } = see(second);
    if (isMissed) continue;
    const full = starved.findFull([toLimit(outstanding)], at(second));
    [value] = starved
      .toReadings(full.has('t') ? [task] : [], full, subjects, at(second))
      .map((reading) => reading.value);
  }
  return value;
}

it('measures since when a task behind a full limit has not moved', () => {
  expect(pass(3_600)).toBe(3_600);
  expect(pass(3_600, (second) => ({ task: toTask({ moves: second < 600 ? 7 : 8 }) }))).toBe(3_000);
  expect(pass(3_600, () => ({ task: toTask({ cursor: 9 }) }))).toBeUndefined();
});

it('does not take a slot that is free for a moment for room, and a minute of room for none', () => {
  expect(pass(3_600, (second) => ({ outstanding: second % 60 === 0 ? 5 : 4 }))).toBe(3_600);
  expect(pass(3_600, (second) => ({ outstanding: second > 600 && second < 700 ? 4 : 5 }))).toBe(2_900);
});

it('counts a task that has retries alone from when all of them are due', () => {
  const task = toTask({ cursor: 9, progress: { total_targets: 9, retry_count: 1 } });
  expect(pass(3_600, () => ({ task }))).toBe(3_300);
});

it('starts again after passes that another replica led, but clears no alert because of that', () => {
  const see = (second: number) => ({ isMissed: second > 1_000 && second < 1_300 });
  expect(pass(3_600, see)).toBe(2_300);
  expect(pass(0, undefined, ['t'])).toBe(3_600);
  expect(pass(0, () => ({ outstanding: 4 }), ['t'])).toBe(0);
});
