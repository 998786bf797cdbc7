/** The overlap of each two runs of a schedule, whatever replicas do between two lines. */
import type { Schedule, ScheduleRun } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createTestbed, createTestStore, type Testbed } from '@cyberstroll/testkit';
import { toResumed } from '../src/core/schedules/change-schedule';
import { after, type Changes, createScheduleHelp, OTTO } from './schedule-help';

let testbed: Testbed;
let store: Store;
beforeAll(async () => {
  testbed = await createTestbed();
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

const { addSchedule, sweep, findRuns, findTasks, end } = createScheduleHelp(() => store);

/** The store of a process that sleeps before its call of this number, until it is woken. */
function sleepingStore(at: number): { store: Changes; asleep: Promise<void>; wake: () => void } {
  let calls = 0;
  let wake: () => void = () => undefined;
  let fallAsleep: () => void = () => undefined;
  const asleep = new Promise<void>((resolve) => {
    fallAsleep = resolve;
  });
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const sleeping = <Part extends object>(part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          if (calls++ === at) {
            fallAsleep();
            await woken;
          }
          return call(...args);
        },
      ]),
    ) as Part;
  const { schedules, scheduleRuns, tasks, exclusions } = store;
  const changes = {
    schedules: sleeping(schedules),
    scheduleRuns: sleeping(scheduleRuns),
    tasks: sleeping(tasks),
    exclusions: sleeping(exclusions),
  };
  return { store: changes, asleep, wake };
}

/** A run of this second that waits for its task. */
const addRun = ({ schedule_id }: Schedule, seconds: number, requested_by?: string) =>
  store.scheduleRuns.decide({
    schedule_id,
    planned_time: after(seconds),
    outcome: 'waiting',
    todo: 'create',
    decided_time: after(seconds),
    ...(requested_by !== undefined && { requested_by }),
  });
const findOpen = async ({ schedule_id }: Schedule) =>
  (await store.scheduleRuns.findOpenTasks(schedule_id)).map(({ planned_time }) => planned_time);
const endAll = async ({ schedule_id }: Schedule) => {
  for (const { task_id } of await store.scheduleRuns.findOpenTasks(schedule_id)) await end(task_id);
};
const NEVER_DUE = { start: after(1e7) };

it('a planned run that waited and a commanded one are created one after the other, the older one first', async () => {
  const schedule = await addSchedule({ ...NEVER_DUE, overlap: 'queue' });
  for (const seconds of [10, 20]) await addRun(schedule, seconds);
  await sweep()(after(30));
  await addRun(schedule, 30, 'olga');
  const opened = [await findOpen(schedule)];
  for (let i = 0; i < 2; i++) {
    await endAll(schedule);
    await Promise.all([sweep()(after(31)), sweep()(after(31))]);
    opened.push(await findOpen(schedule));
  }
  expect(opened).toEqual([[after(10)], [after(20)], [after(30)]]);
  await store.schedules.remove(schedule.schedule_id);
});

it('with `cancel`, an older run that was held back does not cancel the task of a later one', async () => {
  const schedule = await addSchedule({ ...NEVER_DUE, overlap: 'cancel' });
  await addRun(schedule, 10);
  const paused = { paused: true, paused_by: 'otto' };
  await store.schedules.change(schedule.schedule_id, (known) => ({ ...known, ...paused }));
  await addRun(schedule, 20, 'olga');
  await sweep()(after(30));
  expect(await findOpen(schedule)).toEqual([after(20)]);
  await store.schedules.change(schedule.schedule_id, (known) => toResumed(known, OTTO, after(40)));
  await sweep()(after(41));
  expect(await findOpen(schedule)).toEqual([after(20)]);
  expect((await findRuns(schedule)).map(({ outcome }) => outcome)).toEqual(['skipped_overlap', 'created']);
  await store.schedules.remove(schedule.schedule_id);
});

const toOutcome = ({ planned_time, outcome }: ScheduleRun) => [planned_time, outcome];
const refuseOlga = async ({ operator }: { operator: string }) =>
  operator === 'olga' ? { gone: 'revoked' } : { scope: undefined };
/** What another replica does while one sleeps. */
const MEANWHILE: [string, (schedule: Schedule) => Promise<unknown>][] = [
  ['one pass', () => sweep()(after(31))],
  [
    'passes until every run is done',
    async (schedule) => {
      await sweep()(after(31));
      if (schedule.overlap !== 'cancel') await endAll(schedule);
      await sweep()(after(31));
    },
  ],
  [
    'an older run is stored, and created',
    async (schedule) => {
      await addRun(schedule, 15, 'olga');
      await sweep()(after(31));
    },
  ],
  ['the older run is refused, and the later one created', () => sweep({ findRights: refuseOlga })(after(31))],
  [
    'the older run is refused, and the later one has to wait',
    () => {
      const admit = async () => {
        throw new AppError('backlog_full');
      };
      return sweep({ findRights: refuseOlga, admit })(after(31));
    },
  ],
];

describe.each(MEANWHILE)('beside a replica that slept before any of its calls: %s', (_what, meanwhile) => {
  it.each(['queue', 'cancel'] as const)('%s: one task is open at a time, and each run has one', async (overlap) => {
    let left = true;
    for (let at = 0; left; at++) {
      const schedule = await addSchedule({ ...NEVER_DUE, overlap }, { operator: 'otto' });
      await addRun(schedule, 10);
      await sweep()(after(11));
      await addRun(schedule, 20, 'olga');
      await addRun(schedule, 30);
      if (overlap !== 'cancel') await endAll(schedule);

      const sleeper = sleepingStore(at);
      const pass = sweep(sleeper)(after(31));
      left = await Promise.race([sleeper.asleep.then(() => true), pass.then(() => false)]);
      if (left) await meanwhile(schedule);
      const before = await findOpen(schedule);
      const decided = (await findRuns(schedule)).filter(({ outcome }) => outcome !== 'waiting');
      sleeper.wake();
      await pass;
      const opened = await findOpen(schedule);
      expect(opened.length).toBeLessThanOrEqual(1);
      const outcomes = (await findRuns(schedule)).map(toOutcome);
      // What was decided stays decided.
      expect(outcomes).toEqual(expect.arrayContaining(decided.map(toOutcome)));
      // Nothing cancels the task of the last run.
      if (before[0]?.getTime() === after(30).getTime()) expect(opened).toEqual(before);

      const findWaiting = async () => (await findRuns(schedule)).filter(({ outcome }) => outcome === 'waiting');
      for (let waiting = await findWaiting(); waiting.length > 0; waiting = await findWaiting()) {
        await endAll(schedule);
        await sweep()(after(32));
        expect(await findOpen(schedule)).toEqual([waiting[0]!.planned_time]);
      }
      const runs = await findRuns(schedule);
      const tasks = await findTasks(schedule);
      expect(tasks.map(({ task_id }) => task_id).sort()).toEqual(runs.flatMap(({ task_id }) => task_id ?? []).sort());
      await store.schedules.remove(schedule.schedule_id);
    }
  });
});
