/** Comparisons of runs that are continued: by another pass, another process, after a crash. */
import type { Schedule } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { parseScope } from '@cyberstroll/targets';
import { createTestbed, createTestStore, report, sendOut, type Testbed, testLogger, upTo } from '@cyberstroll/testkit';
import { type CompareDeps, createCompareSweep } from '../src/sweeps/compare-runs';
import { after, createScheduleHelp, TEMPLATE } from './schedule-help';

let testbed: Testbed;
let store: Store;
beforeAll(async () => {
  testbed = await createTestbed();
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

const { addSchedule, sweep, findRuns, findTasks } = createScheduleHelp(() => store);
const HOSTS = 24;
const template = { ...TEMPLATE, task_target: `127.0.0.0-127.0.0.${HOSTS - 1}`, scan: { ports: '22,80,443' } };
const pass = () =>
  sweep({ config: { SCAN_SCOPE: parseScope('127.0.0.0/8'), MAX_TARGETS_PER_TASK: 99, AUDIT_LOG_DAYS: 1 } });

/** What an odd run finds on a host, and an even one. */
const FOUND = [
  (host: number) => (host % 2 === 0 ? ['22/tcp ssh OpenSSH_9.2', '80/tcp http'] : ['22/tcp ssh OpenSSH_9.2']),
  (host: number) => (host % 3 === 0 ? ['22/tcp ssh OpenSSH_9.6', '443/tcp https'] : ['80/tcp http']),
];

/** The run of this minute, complete. */
async function scan(schedule: Schedule, minute: number): Promise<void> {
  await pass()(after(minute * 60));
  const { task_id, progress } = (await findTasks(schedule)).at(-1)!;
  await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
  await sendOut(store, task_id);
  for (const host of upTo(progress.total_targets)) {
    const services = FOUND[minute % 2]!(host);
    const open_ports = services.map((text) => Number.parseInt(text, 10));
    await report(store, task_id, [host], {
      status: 'COMPLETED',
      scan_result: { open_ports, services, response_time: 1 },
    });
  }
  await store.tasks.calculateTaskProgress(task_id);
  await pass()(after(minute * 60 + 1));
}

type Runs = CompareDeps['store']['scheduleRuns'];
const compare = (hosts = Number.POSITIVE_INFINITY, changes: Partial<Runs> = {}) =>
  createCompareSweep({
    store: { ...store, scheduleRuns: { ...store.scheduleRuns, ...changes } },
    leadership: { isLeader: async () => true },
    logger: testLogger,
    slice: { hosts, ms: Number.POSITIVE_INFINITY },
  });

/** One pass of a process that dies at its write: before or after it. */
const liveOnce = (sliceHosts: number, now: Date, isBefore: boolean) => {
  const dying =
    <Args extends unknown[]>(write: (...args: Args) => Promise<void>) =>
    async (...args: Args) => {
      if (!isBefore) await write(...args);
      throw new AppError('mongodb_unavailable', { detail: 'this process is dead' });
    };
  const { noteComparing, noteChanges } = store.scheduleRuns;
  const pass = compare(sliceHosts, { noteComparing: dying(noteComparing), noteChanges: dying(noteChanges) });
  return pass(now).catch(() => undefined);
};

it('in slices of any size, by processes that die at each write, the counts and the alert are the same', async () => {
  const alert = { threshold: 1, ports: '80' };
  const schedule = await addSchedule({ template, alert, overlap: 'cancel' });
  await scan(schedule, 1);
  await compare()(after(70));
  await scan(schedule, 2);
  await compare()(after(130));
  const whole = (await findRuns(schedule))[1]!.changes!;
  expect(whole).toMatchObject({ opened: 20, closed: 16, changed: 8, alerting: 12 });

  let minute = 2;
  for (const slice of [1, 7, 1_000]) {
    await scan(schedule, ++minute);
    await compare()(after(minute * 60 + 10));
    await scan(schedule, ++minute);
    const findRun = async () => (await findRuns(schedule)).at(-1)!;
    let lives = 0;
    for (let run = await findRun(); run.compare; run = await findRun()) {
      const now = after(minute * 60 + 10 + lives);
      await Promise.all([0, 1].map(() => liveOnce(slice, now, lives % 2 === 0)));
      lives += 1;
    }
    expect(lives).toBeGreaterThanOrEqual(2 * Math.ceil(HOSTS / slice));
    const { changes, comparing, task_id } = await findRun();
    const counts = ({ planned_time: _, task_id: _id, ...rest }: typeof whole) => rest;
    expect(counts(changes!)).toEqual(counts(whole));
    expect(comparing).toBeUndefined();
    const { items } = await store.alerts.findPage({ limit: 100, rule: 'schedule_changed' });
    expect(items.filter(({ subject }) => subject === task_id)).toMatchObject([{ value: whole.alerting }]);
  }
  await store.schedules.remove(schedule.schedule_id);
});

it('no comparison waits for the end of a larger one; the one that waited longest comes first', async () => {
  const large = await addSchedule({ template, overlap: 'cancel' });
  const small = await addSchedule({ template: { ...template, task_target: '127.0.0.0/31' }, overlap: 'cancel' });
  for (const minute of [1, 2]) {
    for (const schedule of [large, small]) await scan(schedule, minute);
    if (minute === 1) await compare()(after(70));
  }
  const { scheduleRuns } = store;
  const findFirst = async () => (await scheduleRuns.findToCompare(1)).map(({ schedule_id }) => schedule_id);
  const [first] = await findFirst();
  await compare(2, { findToCompare: () => scheduleRuns.findToCompare(1) })(after(130));
  expect(await findFirst()).not.toEqual([first]);
  for (const seconds of [131, 132]) await compare(2)(after(seconds));
  // A process that has slept since the beginning takes nothing back.
  const [run] = await scheduleRuns.findToCompare(1);
  const { comparing, ...begun } = run!;
  await scheduleRuns.noteComparing(begun, after(133), { ...comparing!, after: '' });
  expect((await scheduleRuns.findToCompare(1))[0]).toEqual(run);
  const isOpen = async (schedule: Schedule) => (await findRuns(schedule)).at(-1)!.compare ?? false;
  expect([await isOpen(small), await isOpen(large)]).toEqual([false, true]);
});

it('one that fails is set aside, or comes last if MongoDB failed; the others are compared in the same pass', async () => {
  const schedules: Schedule[] = [];
  for (let i = 0; i < 3; i++) {
    schedules.push(await addSchedule({ template: { ...template, task_target: '127.0.0.0/31' }, overlap: 'cancel' }));
  }
  for (const minute of [1, 2]) {
    for (const schedule of schedules) await scan(schedule, minute);
    if (minute === 1) await compare()(after(70));
  }
  const [broken, unlucky, good] = schedules as [Schedule, Schedule, Schedule];
  const { findCompleteBefore, findToCompare } = store.scheduleRuns;
  const failing: Partial<Runs> = {
    async findCompleteBefore(run, limit) {
      if (run.schedule_id === broken.schedule_id) throw new TypeError('a document that no code can read');
      if (run.schedule_id === unlucky.schedule_id) throw new AppError('mongodb_unavailable');
      return findCompleteBefore(run, limit);
    },
    // The two that fail come first.
    findToCompare: async (limit) =>
      (await findToCompare(limit)).sort((a) => (a.schedule_id === good.schedule_id ? 1 : -1)),
  };
  expect(await compare(Number.POSITIVE_INFINITY, failing)(after(130))).toEqual({ compared: 3 });
  const findLast = async (schedule: Schedule) => (await findRuns(schedule)).at(-1)!;
  expect(await findLast(good)).toMatchObject({ changes: { task_id: expect.any(String) } });
  expect(await findLast(broken)).not.toHaveProperty('compare');
  expect(await findLast(unlucky)).toMatchObject({ compare: true, compared_time: after(130) });
  await compare()(after(140));
  expect(await findLast(unlucky)).toMatchObject({ changes: { task_id: expect.any(String) } });
});
