import { type Schedule, toTaskWebhookBody } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createTestbed, createTestStore, report, sendOut, type Testbed, testLogger, upTo } from '@cyberstroll/testkit';
import { toResumed } from '../src/core/schedules/change-schedule';
import { createCompareSweep } from '../src/sweeps/compare-runs';
import { after, BEGIN, type Changes, createScheduleHelp, OTTO, TEMPLATE } from './schedule-help';

let testbed: Testbed;
let store: Store;
beforeAll(async () => {
  testbed = await createTestbed();
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

const { addSchedule, sweep, findRuns, findTasks, end } = createScheduleHelp(() => store);

/** Numbers from 0 to 1, the same for the same seed. */
function toRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The store of a process that dies at a random line: before or after one of its calls. It does nothing afterwards. */
function dyingStore(random: () => number, onDeath: () => void): Changes {
  let isDead = false;
  const mayDie = () => {
    if (!isDead && random() < 0.005) {
      isDead = true;
      onDeath();
    }
    if (isDead) throw new AppError('mongodb_unavailable', { detail: 'this process is dead' });
  };
  const dying = <Part extends object>(part: Part): Part =>
    Object.fromEntries(
      Object.entries(part).map(([name, call]) => [
        name,
        async (...args: unknown[]) => {
          mayDie();
          const answer = await call(...args);
          mayDie();
          return answer;
        },
      ]),
    ) as Part;
  return {
    schedules: dying(store.schedules),
    // Every run creates its task here, whatever is open.
    scheduleRuns: dying({ ...store.scheduleRuns, findOpenTasks: async () => [], hasWaiting: async () => false }),
    tasks: dying(store.tasks),
    auditLog: dying(store.auditLog),
  };
}

it('names a task whose template has no name', async () => {
  const end = after(61);
  const unnamed = await addSchedule({ end });
  const named = await addSchedule({ end, template: { ...TEMPLATE, name: 'mine' } });
  await sweep()(after(60));
  const toNames = async (of: Schedule) => (await findTasks(of)).map(({ name }) => name);
  expect([await toNames(unnamed), await toNames(named)]).toEqual([['s 2026-03-01T00:01Z'], ['mine']]);
});

it('creates exactly one task for each of 300 planned times, while sweepers die and clocks jump', async () => {
  const [times, each] = [12, 25];
  const schedules = await Promise.all(
    upTo(each).map(() => addSchedule({ end: after(times * 60 + 1) }, { operator: 'otto' })),
  );
  const random = toRandom(26);
  let deaths = 0;
  for (let left = true; left; ) {
    const life = upTo(2).map(async () => {
      const pass = sweep({ store: dyingStore(random, () => deaths++) });
      // The clock of each process is somewhere else.
      await pass(after(random() * times * 90)).catch(() => undefined);
    });
    await Promise.all(life);
    left =
      (await store.schedules.findDue(after(1e6), 1)).length > 0 ||
      (await store.scheduleRuns.findTodo(1_000)).some(({ todo }) => todo === 'create');
  }
  const planned = upTo(times).map((i) => after((i + 1) * 60));
  for (const schedule of schedules) {
    const runs = await findRuns(schedule);
    expect(runs.map(({ planned_time, outcome }) => [planned_time, outcome])).toEqual(
      planned.map((time) => [time, 'created']),
    );
    const tasks = await findTasks(schedule);
    expect(tasks.map(({ planned_time }) => planned_time!.getTime()).sort()).toEqual(
      planned.map((time) => time.getTime()),
    );
    expect(new Set(tasks.map(({ task_id }) => task_id))).toEqual(new Set(runs.map(({ task_id }) => task_id)));
  }
  expect(deaths).toBeGreaterThan(10);
});

it('one task of a schedule is open at a time: a planned time is skipped, waits for the end, or cancels the one before', async () => {
  const skip = await addSchedule({ overlap: 'skip' });
  const queue = await addSchedule({ overlap: 'queue' });
  const cancel = await addSchedule({ overlap: 'cancel' });
  const outcomes = async (schedule: Schedule) => (await findRuns(schedule)).map(({ outcome }) => outcome);
  const pass = sweep();
  await pass(after(60));
  const [first] = await findTasks(queue);
  for (const minute of [2, 3]) await pass(after(minute * 60));
  expect(await outcomes(skip)).toEqual(['created', 'skipped_overlap', 'skipped_overlap']);
  expect(await outcomes(queue)).toEqual(['created', 'waiting', 'skipped_overlap']);
  expect(await outcomes(cancel)).toEqual(['created', 'created', 'created']);
  expect((await findTasks(cancel)).map(({ status }) => status)).toEqual(['CANCELLED', 'CANCELLED', 'CREATED']);

  await end(first!.task_id);
  await end((await findTasks(skip))[0]!.task_id);
  await pass(after(181));
  expect(await outcomes(queue)).toEqual(['created', 'created', 'skipped_overlap']);
  expect((await findRuns(queue))[0]).toMatchObject({ task_status: 'CANCELLED' });
  await pass(after(240));
  expect(await outcomes(skip)).toEqual(['created', 'skipped_overlap', 'skipped_overlap', 'created']);
  for (const schedule of [skip, queue, cancel]) await store.schedules.remove(schedule.schedule_id);
});

it('what was missed for too long is one run, and the newest planned times are caught up', async () => {
  const schedule = await addSchedule({ catch_up: 90, overlap: 'cancel' });
  await sweep()(after(600));
  const runs = await findRuns(schedule);
  expect(runs.map(({ planned_time, outcome }) => [planned_time, outcome])).toEqual([
    [after(60), 'missed'],
    [after(540), 'created'],
    [after(600), 'created'],
  ]);
  expect(runs[0]!.missed_until).toEqual(after(540));
  await store.schedules.remove(schedule.schedule_id);
});

it('a schedule whose operator may no longer command, or whose runs fail, is paused; others continue', async () => {
  const [gone, failing, good] = [
    await addSchedule({}, { operator: 'olga', key_id: 'f'.repeat(24) }),
    await addSchedule({ pause_after_failures: 3, template: { ...TEMPLATE, task_target: '10.0.0.1' } }),
    await addSchedule({ overlap: 'cancel' }),
  ];
  const broken = await addSchedule();
  await store.schedules.change(broken.schedule_id, ({ every: _, ...known }) => ({
    ...known,
    cron: '61 * * * *',
  }));
  const unreadable = await addSchedule();
  await store.schedules.change(unreadable.schedule_id, (known) => ({ ...known, time_zone: 'Mars/Base' }));
  const pass = sweep({
    findRights: async ({ operator }) =>
      operator === 'olga' ? { gone: 'the API key of olga was revoked' } : { scope: undefined },
  });
  for (const minute of [1, 2, 3, 4]) await pass(after(minute * 60));
  const read = async ({ schedule_id }: Schedule) => store.schedules.getSchedule(schedule_id);
  expect(await read(gone)).toMatchObject({
    paused: true,
    paused_by: 'task-api',
    pause_reason: 'the API key of olga was revoked',
  });
  expect(await findRuns(gone)).toMatchObject([{ outcome: 'failed', error: { code: 'forbidden' } }]);
  expect(await read(failing)).toMatchObject({ paused: true, pause_reason: '3 runs in a row have failed' });
  expect((await findRuns(failing)).map(({ error }) => error?.code)).toEqual([
    'out_of_scope',
    'out_of_scope',
    'out_of_scope',
  ]);
  expect((await read(broken)).paused).toBe(true);
  await expect(read(unreadable)).rejects.toMatchObject({ code: 'document_unreadable' });
  const { items } = await store.schedules.findPage({ limit: 10 });
  expect(items.map(({ schedule_id }) => schedule_id)).not.toContain(unreadable.schedule_id);
  await store.schedules.remove(unreadable.schedule_id);
  expect((await findRuns(good)).map(({ outcome }) => outcome)).toEqual(Array(4).fill('created'));

  // Resumed, it fails no more than as often again.
  await store.schedules.change(failing.schedule_id, (known) => toResumed(known, OTTO, after(240)));
  await pass(after(300));
  expect((await read(failing)).paused).toBe(false);
  await store.schedules.remove(good.schedule_id);
});

it('a run waits while no new task is accepted; a deleted schedule creates none, and its tasks stay', async () => {
  const schedule = await addSchedule();
  const admit = async () => {
    throw new AppError('backlog_full');
  };
  await sweep({ admit })(after(60));
  expect(await findRuns(schedule)).toMatchObject([{ outcome: 'waiting' }]);
  await sweep()(after(61));
  expect(await findRuns(schedule)).toMatchObject([{ outcome: 'created' }]);
  const [task] = await findTasks(schedule);
  expect(task).toMatchObject({ schedule_id: schedule.schedule_id, planned_time: after(60) });
  const { items } = await store.auditLog.findPage({ limit: 10, task_id: task!.task_id });
  expect(items).toMatchObject([
    { operation: 'createTask', operator: 'otto', subject: schedule.schedule_id, status: 201 },
  ]);

  await end(task!.task_id);
  await sweep({ admit })(after(120));
  await store.schedules.remove(schedule.schedule_id);
  // A replica that has read the schedule before.
  await store.scheduleRuns.decide({
    ...schedule,
    outcome: 'waiting',
    todo: 'create',
    planned_time: after(180),
    decided_time: after(180),
  });
  await sweep()(after(200));
  expect(await findTasks(schedule)).toHaveLength(1);
  expect(await findRuns(schedule)).toEqual([]);
});

it('counts what changed since the last complete run, and raises an alert on the ports of interest', async () => {
  const template = { ...TEMPLATE, task_target: '127.0.0.0/31', scan: { ports: '22,80,443' } };
  const alert = { threshold: 1, ports: '80' };
  const schedule = await addSchedule({ template, alert, overlap: 'cancel' });
  const pass = sweep();
  const compare = createCompareSweep({
    store,
    leadership: { isLeader: async () => true },
    logger: testLogger,
    slice: { hosts: 1_000, ms: Number.POSITIVE_INFINITY },
  });
  /** What webhooks get of the end of a task, if they may now, or in some seconds. */
  async function findEnd(taskId: string, seconds: number) {
    const notices = await store.taskEndOutbox.findNotices(100, new Date(Date.now() + seconds * 1_000));
    return notices.find(({ subject }) => subject.task_id === taskId)?.subject;
  }
  /** The run of this minute, which found these services on both addresses. */
  async function scan(minute: number, services: string[]): Promise<string> {
    await pass(after(minute * 60));
    const { task_id } = (await findTasks(schedule)).at(-1)!;
    await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test');
    await sendOut(store, task_id);
    const open_ports = services.map((text) => Number.parseInt(text, 10));
    const scan_result = { open_ports, services, response_time: 1 };
    await report(store, task_id, [0, 1], { status: 'COMPLETED', scan_result });
    await store.tasks.calculateTaskProgress(task_id);
    await pass(after(minute * 60 + 1));
    // Webhooks wait for the comparison, for a minute at most.
    expect(await findEnd(task_id, 0)).toBeUndefined();
    expect(await findEnd(task_id, 61)).toMatchObject({ status: 'COMPLETED' });
    expect(await compare(after(minute * 60 + 2))).toEqual({ compared: 1 });
    expect(await compare(after(minute * 60 + 2))).toBeUndefined();
    return task_id;
  }
  const first = await scan(1, ['22/tcp ssh OpenSSH_9.2', '443/tcp https']);
  // Cancelled by the run after it: it is not complete, so no run is compared with it.
  await pass(after(120));
  const third = await scan(3, ['22/tcp ssh OpenSSH_9.6']);
  const fourth = await scan(4, ['22/tcp ssh OpenSSH_9.6', '80/tcp http']);
  const changes = { planned_time: after(180), task_id: third, opened: 2, closed: 0, changed: 0, alerting: 2 };
  expect((await findRuns(schedule)).map((run) => [run.task_status, run.changes])).toEqual([
    ['COMPLETED', undefined],
    ['CANCELLED', undefined],
    ['COMPLETED', { planned_time: after(60), task_id: first, opened: 0, closed: 2, changed: 2, alerting: 0 }],
    ['COMPLETED', changes],
  ]);
  expect((await findEnd(first, 0))?.changes).toBeUndefined();
  const body = toTaskWebhookBody((await findEnd(fourth, 0))!, { delivery_id: 'd' });
  expect(body.changes).toEqual({ ...changes, planned_time: after(180).toISOString() });
  const { items } = await store.alerts.findPage({ limit: 10, rule: 'schedule_changed' });
  expect(items).toMatchObject([{ subject: fourth, value: 2, threshold: 1, severity: 'warning' }]);
  expect(items[0]!.summary).toMatch(/2 ports opened, 0 closed, 0 with another service, 2 of them on the ports 80/);
  await store.schedules.remove(schedule.schedule_id);
});

it('the task of a run loses what is excluded then; without any target left the run fails', async () => {
  await store.exclusions.create({ target: '127.8.0.0/31', reason: 'a heart monitor' }, 'otto', BEGIN);
  const of = (task_target: string) => addSchedule({ template: { ...TEMPLATE, task_target }, end: after(61) });
  const [partly, whole] = [await of('127.8.0.0/30'), await of('127.8.0.1')];
  await sweep()(after(60));
  expect(await findTasks(partly)).toMatchObject([{ progress: { total_targets: 2 }, excluded: { count: 2 } }]);
  expect(await findTasks(whole)).toEqual([]);
  expect(await findRuns(whole)).toMatchObject([{ outcome: 'failed', error: { code: 'targets_excluded' } }]);
});
