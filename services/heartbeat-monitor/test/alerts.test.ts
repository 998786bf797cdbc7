/** Every rule of alerts, in one file: each test passes all sweeps, and looks at one rule. */
import {
  type Alert,
  type DeadLetterRecord,
  EXCHANGES,
  type Schedule,
  type SubTaskUpdate,
  toJobQueue,
  toSentence,
} from '@cyberstroll/contracts';
import { createMetrics, loadConfig } from '@cyberstroll/runtime';
import { eventually, toNewTask } from '@cyberstroll/testkit';
import { createAlertSweeps } from '../src/alerts/alert-sweeps';
import { configShape } from '../src/config';
import { type Fixture, logger, setup, toHeartbeat } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const start = Date.now();
const at = (seconds: number) => new Date(start + seconds * 1_000);
const DEAD_LETTER: Omit<DeadLetterRecord, 'dead_letter_id' | 'reason'> = {
  state: 'waiting',
  detail: 'a test',
  queue: 'cs.updates',
  first_seen: at(0),
  content: '{}',
  content_type: 'json',
  content_bytes: 2,
  replayable: true,
  replayed_times: [],
  kept_time: at(0),
  expires: at(9_000_000),
};
const NODE = { node_id: 'n', instance_id: 'n-a' };

/** All rules, one after another. */
function createSweep(env: Record<string, string> = {}, registry = createMetrics('test')) {
  const config = loadConfig(configShape, { ALERT_INTERVAL_MS: '60000', ...env });
  const { broker, deps } = fixture;
  const { ofDatabase, ofNodes, ofQueues } = createAlertSweeps(
    { ...deps, broker, registry, countTry: () => undefined },
    config,
  );
  return async (now: Date) => {
    const counts = { raised: 0, cleared: 0 };
    for (const sweep of [ofDatabase, ofNodes, ofQueues]) {
      const { raised = 0, cleared = 0 } = (await sweep(now)) ?? {};
      counts.raised += raised;
      counts.cleared += cleared;
    }
    return counts;
  };
}
const findAlerts = async (rule: Alert['rule']) => (await fixture.store.alerts.findPage({ rule, limit: 100 })).items;
const listAlerts = async (rule: Alert['rule']) =>
  (await findAlerts(rule)).map(({ subject, state, summary }) => [subject, state, summary]);

async function end(taskId: string, indexes: readonly number[], update: Partial<SubTaskUpdate>) {
  await fixture.claim(taskId, indexes, NODE);
  await fixture.claim(taskId, indexes, NODE, { status: 'COMPLETED', ...update });
}
const FAILED = { status: 'FAILED', error_info: { error_code: 'INVALID_TARGET', error_message: 'no' } } as const;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('task_failure_rate', () => {
  it('is raised when it lasts, with the task as its subject, and is cleared well below the threshold', async () => {
    const sweep = createSweep({ ALERT_FAILURE_RATE_FOR_MS: '30000' });
    const taskId = await fixture.createTask('127.0.0.0/24', { max_retries: 0, error_threshold: 256 });
    await end(taskId, range(0, 15), {});
    await end(taskId, range(15, 19), FAILED);
    expect(await sweep(at(0))).toEqual({ raised: 0, cleared: 0 });
    await end(taskId, range(19, 20), FAILED);
    for (const seconds of [5, 34]) expect(await sweep(at(seconds))).toEqual({ raised: 0, cleared: 0 });
    expect(await sweep(at(35))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('task_failure_rate')).toEqual([
      [taskId, 'firing', '5 of 20 scanned targets failed (25 %)'],
    ]);

    await end(taskId, range(20, 30), {});
    expect(await sweep(at(40))).toEqual({ raised: 0, cleared: 0 });
    expect(await findAlerts('task_failure_rate')).toMatchObject([{ value: expect.closeTo(1 / 6), threshold: 0.2 }]);
    await end(taskId, range(30, 40), {});
    expect(await sweep(at(45))).toEqual({ raised: 0, cleared: 1 });
    const [alert] = await findAlerts('task_failure_rate');
    expect(alert).toMatchObject({ state: 'resolved', resolved_time: at(45) });
    expect(alert!.history.at(-1)).toMatchObject({
      reason: '5 of 40 scanned targets failed (13 %)',
      operator: 'heartbeat-monitor',
    });
  });

  it('is raised for a task that failed as a whole before the first check', async () => {
    const sweep = createSweep({ ALERT_FAILURE_RATE_FOR_MS: '1' });
    const taskId = await fixture.createTask('127.0.0.0/27', { max_retries: 0 });
    await end(taskId, range(0, 32), FAILED);
    const { status, completed_time } = await fixture.store.tasks.getTask(taskId);
    expect(status).toBe('FAILED');
    const after = (seconds: number) => new Date(completed_time!.getTime() + seconds * 1_000);
    await sweep(after(5));
    expect(await sweep(after(10))).toEqual({ raised: 1, cleared: 0 });
    expect(await sweep(after(899))).toEqual({ raised: 0, cleared: 0 });
    expect(await sweep(after(900))).toEqual({ raised: 0, cleared: 1 });
    expect((await findAlerts('task_failure_rate'))[0]!.history.at(-1)!.reason).toBe('the task ended as FAILED');
  });
});

it('task_overlong is raised for a task without progress that exceeds its own estimate, and cleared at its end', async () => {
  const registry = createMetrics('test');
  const sweep = createSweep({ ALERT_TASK_OVERLONG_FOR_MS: '60000' }, registry);
  /** What a rule of Prometheus compares with the same threshold. */
  const shown = async () => (await registry.getSingleMetric('cyberstroll_task_overlong_ratio')!.get()).values[0]?.value;
  const taskId = await fixture.createTask('127.0.0.0/27');
  await end(taskId, range(0, 1), {});
  const { started_time } = await fixture.store.tasks.getTask(taskId);
  await eventually(() => Date.now() - started_time!.getTime() > 1_500);
  await end(taskId, range(1, 16), {});
  const { estimated_completion } = await fixture.store.tasks.getTask(taskId);
  const after = (seconds: number) => new Date(estimated_completion!.getTime() + seconds * 1_000);
  await sweep(after(-1));
  expect(await shown()).toBeLessThan(1);
  expect(await sweep(after(1))).toMatchObject({ raised: 0 });
  expect(await shown()).toBeGreaterThanOrEqual(1);
  expect(await sweep(after(60))).toMatchObject({ raised: 0 });
  expect(await sweep(after(61))).toMatchObject({ raised: 1 });
  expect(await listAlerts('task_overlong')).toEqual([
    [taskId, 'firing', expect.stringMatching(/^has run for .+; at its rate it should take .+$/)],
  ]);
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test', 'otto');
  expect(await sweep(after(66))).toMatchObject({ cleared: 1 });
  expect(await shown()).toBe(0);
});

describe('node_silent', () => {
  const beat = (changes: object, seconds: number) =>
    fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...NODE, ...changes }), at(seconds));

  it('is raised for a node that fell silent, and cleared by its next heartbeat', async () => {
    const sweep = createSweep();
    await beat({}, 0);
    await beat({ node_id: 'other' }, 30);
    expect(await sweep(at(59))).toEqual({ raised: 0, cleared: 0 });
    await fixture.store.nodes.setStatus('n', 'offline');
    expect(await sweep(at(60))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('node_silent')).toEqual([['n', 'firing', 'no heartbeat for 1 min']]);
    await beat({}, 61);
    expect(await sweep(at(65))).toEqual({ raised: 0, cleared: 1 });
  });
});

it('queue_backlog is raised for each deep queue, also of a pool that no node serves any more', async () => {
  const env = { ALERT_UPDATES_BACKLOG: '5', ALERT_JOBS_BACKLOG: '3', ALERT_BACKLOG_FOR_MS: '1' };
  const sweep = createSweep(env);
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ pools: ['edge', 'unheard'] }), at(0));
  await fixture.broker.declareJobQueue('edge');
  for (let n = 0; n < 3; n++) await fixture.publisher.publish(EXCHANGES.jobs.name, 'edge', { n });
  await eventually(async () => expect((await fixture.broker.queueDepth('cs.jobs.edge')).known).toBe(3));
  await sweep(at(1));
  expect(await sweep(at(6))).toEqual({ raised: 1, cleared: 0 });
  expect(await listAlerts('queue_backlog')).toEqual([
    [toJobQueue('edge').name, 'firing', '3 messages wait in cs.jobs.edge'],
  ]);
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ pools: ['default'] }), at(9));
  expect(await sweep(at(10))).toEqual({ raised: 0, cleared: 0 });

  const drained = fixture.broker.createConsumer({
    queue: toJobQueue('edge'),
    prefetch: 10,
    handle: async () => ({ kind: 'done' }),
    publisher: fixture.publisher,
    logger,
  });
  await drained.start();
  await eventually(async () => expect((await fixture.broker.queueDepth('cs.jobs.edge')).known).toBe(0));
  expect(await sweep(at(11))).toEqual({ raised: 0, cleared: 1 });
  await drained.stop();
});

it('operation_stalled is raised for an operation that does not continue, and for none that waits for it', async () => {
  const sweep = createSweep();
  const { operations } = fixture.store;
  const send = (action: 'cancel' | 'label', seconds: number) => {
    const command = { action, filter: {}, operator: 'otto', more: false, task_ids: ['a', 'b'] };
    return operations.create(command, at(seconds));
  };
  const [cancel] = [await send('cancel', 0), await send('cancel', 1), await send('label', 2)];
  await sweep(at(500));
  expect(await sweep(at(600))).toEqual({ raised: 0, cleared: 0 });
  // One that was just the next one has two minutes to move.
  for (const seconds of [660, 719]) expect(await sweep(at(seconds))).toEqual({ raised: 0, cleared: 0 });
  expect(await sweep(at(720))).toEqual({ raised: 1, cleared: 0 });
  expect(await listAlerts('operation_stalled')).toEqual([
    [cancel!.operation_id, 'firing', 'cancel has commanded 0 of 2 tasks, and none for 12 min'],
  ]);
  await operations.noteOutcome(cancel!, 0, 'done', at(730));
  expect(await sweep(at(740))).toEqual({ raised: 0, cleared: 1 });
});

it('exclusion_ending is raised a week before the end of a long exclusion, and cleared when it ends', async () => {
  const sweep = createSweep();
  const DAY = 86_400;
  const exclude = (target: string, days: number) =>
    fixture.store.exclusions.create({ target, reason: 'moving', end: at(days * DAY) }, 'otto', at(0));
  const { exclusion_id } = await exclude('127.0.0.1', 30);
  await exclude('127.0.0.2', 7);
  await exclude('127.0.0.3', 300);
  expect(await sweep(at(23 * DAY - 1))).toEqual({ raised: 0, cleared: 0 });
  expect(await sweep(at(23 * DAY))).toEqual({ raised: 1, cleared: 0 });
  expect(await listAlerts('exclusion_ending')).toEqual([
    [exclusion_id, 'firing', `127.0.0.1 is excluded until ${at(30 * DAY).toISOString()}: moving`],
  ]);
  expect(await sweep(at(30 * DAY))).toEqual({ raised: 0, cleared: 1 });
});

describe('of schedules', () => {
  const HOUR = 3_600;
  const create = async (given: Partial<Schedule> = {}) => {
    const times = { every: HOUR, time_zone: 'UTC', jitter: 0, catch_up: HOUR, overlap: 'queue' as const };
    const made = { created_time: at(0), changed_time: at(0), counted_from: at(0), operator: 'olga', paused: false };
    const plan = { next_time: at(HOUR), due_time: at(HOUR) };
    const what = { name: 'nightly', template: {}, target_ranges: [], ...times, ...made, ...plan, ...given };
    return (await fixture.store.schedules.create(() => what)).schedule;
  };
  const late = (schedule: Schedule, planned: number, text: string) => [
    schedule.schedule_id,
    'firing',
    `schedule nightly: the run of ${at(planned).toISOString()} ${text}`,
  ];

  it('schedule_stopped says why the system has paused a schedule, and ends when it is resumed', async () => {
    const sweep = createSweep();
    const reason = toSentence('runs_failed', { runs: 3 });
    const paused = { paused: true, paused_by: 'task-api', pause_reason: reason };
    const { schedule_id } = await create(paused);
    await create({ ...paused, paused_by: 'otto' });
    expect(await sweep(at(0))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('schedule_stopped')).toEqual([
      [schedule_id, 'firing', 'schedule nightly is paused: 3 runs in a row have failed'],
    ]);
    await fixture.store.schedules.change(schedule_id, ({ paused_by: _, ...known }) => ({ ...known, paused: false }));
    expect(await sweep(at(5))).toEqual({ raised: 0, cleared: 1 });
  });

  it('schedule_late is raised for a planned time that nobody decides, and ends when it is decided', async () => {
    const sweep = createSweep();
    const schedule = await create();
    for (const seconds of [299, 300]) expect(await sweep(at(HOUR + seconds))).toEqual({ raised: 0, cleared: 0 });
    expect(await sweep(at(HOUR + 360))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('schedule_late')).toEqual([late(schedule, HOUR, 'has no task for 6 min')]);
    await fixture.store.schedules.advance(schedule.schedule_id, at(HOUR), { next_time: at(9e4), due_time: at(9e4) });
    expect(await sweep(at(HOUR + 365))).toEqual({ raised: 0, cleared: 1 });
  });

  it('schedule_late is raised for a run that was missed, until the next one is decided', async () => {
    const sweep = createSweep();
    const schedule = await create();
    const { advance } = fixture.store.schedules;
    const next = { next_time: at(9e4), due_time: at(9e4) };
    await advance(schedule.schedule_id, at(HOUR), { ...next, missed_time: at(HOUR) });
    for (const seconds of [0, 60]) await sweep(at(3 * HOUR + seconds));
    expect(await listAlerts('schedule_late')).toEqual([late(schedule, HOUR, 'was missed')]);
    await advance(schedule.schedule_id, at(9e4), { next_time: at(9.5e4), due_time: at(9.5e4) });
    expect(await sweep(at(9e4))).toEqual({ raised: 0, cleared: 1 });
  });

  it('schedule_late is raised for a run that waits with nothing in its way', async () => {
    const sweep = createSweep();
    const schedule = await create();
    const { schedule_id } = schedule;
    await fixture.store.schedules.advance(schedule_id, at(HOUR), { next_time: at(9e4), due_time: at(9e4) });
    const run = { schedule_id, planned_time: at(HOUR), outcome: 'waiting', todo: 'create' } as const;
    await fixture.store.scheduleRuns.decide({ ...run, decided_time: at(HOUR) });
    const { task } = await fixture.store.tasks.createTask({
      ...toNewTask('127.0.0.1'),
      schedule_id,
      planned_time: at(0),
    });
    for (const seconds of [0, 60]) {
      expect(await sweep(at(2 * HOUR + seconds))).toEqual({ raised: 0, cleared: 0 });
    }
    await fixture.store.tasks.updateTaskStatus(task.task_id, 'CANCELLED', 'test', 'otto');
    expect(await sweep(at(3 * HOUR))).toEqual({ raised: 0, cleared: 0 });
    expect(await sweep(at(3 * HOUR + 60))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('schedule_late')).toEqual([late(schedule, HOUR, 'has no task for 2 h 1 min')]);
    await fixture.store.schedules.remove(schedule_id);
    expect(await sweep(at(3 * HOUR + 65))).toEqual({ raised: 0, cleared: 1 });
  });

  it('schedule_key_expires is raised a week before, for a key that schedules act for', async () => {
    const sweep = createSweep();
    const DAY = 86_400;
    const { apiKeys } = fixture.store;
    const key = { role: 'operator', expires_time: at(30 * DAY) } as const;
    const { key_id } = await apiKeys.create({ ...key, name: 'olga' }, 'otto', at(0));
    await apiKeys.create({ ...key, name: 'no schedules' }, 'otto', at(0));
    const never = { next_time: at(99 * DAY), due_time: at(99 * DAY) };
    for (const paused of [false, false, true]) await create({ key_id, paused, ...never });
    expect(await sweep(at(23 * DAY - 1))).toEqual({ raised: 0, cleared: 0 });
    expect(await sweep(at(23 * DAY))).toEqual({ raised: 1, cleared: 0 });
    expect(await listAlerts('schedule_key_expires')).toEqual([
      [key_id, 'firing', `the API key olga expires at ${at(30 * DAY).toISOString()}: 2 schedules act for it`],
    ]);
    await apiKeys.revoke(key_id, 'otto', at(24 * DAY));
    expect(await sweep(at(24 * DAY))).toEqual({ raised: 0, cleared: 1 });
  });
});

it('limit_starves is raised for a task that a limit lets begin nothing, and cleared when it begins something', async () => {
  const registry = createMetrics('test');
  const env = { ALERT_LIMIT_STARVES_MS: '60000' };
  const sweep = createSweep(env, registry);
  const { limit_id } = await fixture.store.limits.create(
    { covers: { network: '127.0.0.0/24' }, max_concurrent: 2, operator: 'otto' },
    at(0),
  );
  const greedy = await fixture.createTask('127.0.0.0/25');
  const starved = await fixture.createTask('127.0.0.128/25');
  await fixture.createTask('127.0.1.0/24');
  await fixture.store.chunks.advanceCursor(greedy, 0, 2);
  await fixture.claim(greedy, [0], NODE);
  expect(await sweep(at(0))).toEqual({ raised: 0, cleared: 0 });
  await fixture.claim(greedy, [1], NODE);
  expect(await sweep(at(60))).toEqual({ raised: 1, cleared: 0 });
  expect(await listAlerts('limit_starves')).toEqual([
    [starved, 'firing', 'began nothing for 1 min: the limit of network 127.0.0.0/24 has no room'],
  ]);
  const shown = async (name: string) =>
    (await registry.getSingleMetric(`cyberstroll_limit_${name}`)!.get()).values.map(({ labels, value }) => {
      return [labels['limit_id'], value];
    });
  expect(await shown('outstanding')).toEqual([[limit_id, 2]]);
  expect(await shown('max_concurrent')).toEqual([[limit_id, 2]]);
  expect(await shown('max_starts_per_second')).toEqual([]);

  const ofNextLeader = createSweep(env);
  expect(await ofNextLeader(at(65))).toEqual({ raised: 0, cleared: 0 });
  await fixture.claim(starved, [0], NODE);
  expect(await ofNextLeader(at(70))).toEqual({ raised: 0, cleared: 1 });
});

it('dead_letter counts all that wait by reason, stays while one waits, and is raised again by a new one', async () => {
  const sweep = createSweep({ ALERT_QUIET_MS: '1' });
  const { alerts, deadLetters } = fixture.store;
  const raise = (seconds: number) =>
    alerts.raise({ rule: 'dead_letter', subject: 'system', summary: 'new ones' }, 'test', at(seconds));
  const ids = ['a', 'b', 'c'].map((digit) => digit.repeat(32));
  for (const [i, dead_letter_id] of ids.entries()) {
    await deadLetters.keep({ ...DEAD_LETTER, dead_letter_id, reason: i < 2 ? 'not_json' : 'bad_envelope' });
  }
  await raise(0);
  expect(await sweep(at(86_400))).toEqual({ raised: 0, cleared: 0 });
  expect(await listAlerts('dead_letter')).toEqual([
    ['system', 'firing', '3 waiting for a decision: 2 not_json, 1 bad_envelope'],
  ]);
  const mark = { operator: 'otto', time: at(0) };
  await deadLetters.markReplayed(ids.slice(0, 2), mark);
  expect(await sweep(at(86_405))).toEqual({ raised: 0, cleared: 0 });
  expect(await findAlerts('dead_letter')).toMatchObject([
    { value: 1, summary: '1 waiting for a decision: 1 bad_envelope' },
  ]);

  // Whoever resolves it knows of those that wait, and hears of the next one.
  const [alert] = await findAlerts('dead_letter');
  await alerts.command(alert!.alert_id, 'resolved', { reason: 'known', operator: 'otto' }, at(86_406));
  expect(await sweep(at(86_410))).toEqual({ raised: 0, cleared: 0 });
  expect(await raise(86_411)).toBe(true);
  await deadLetters.markDiscarded(ids, mark);
  expect(await sweep(at(86_415))).toEqual({ raised: 0, cleared: 1 });
});

it.each(['ftp://127.0.0.1/', 'http://user:pass@127.0.0.1/', 'nonsense'])('refuses %s as a webhook', (url) => {
  expect(() => loadConfig(configShape, { ALERT_WEBHOOKS: url })).toThrow(/ALERT_WEBHOOKS/);
});

it('evaluates every other rule while the facts of one cannot be read', async () => {
  const { broker, deps, store } = fixture;
  const onChange = jest.fn();
  const findDue = async () => Promise.reject(new Error('cannot be read'));
  const { ofDatabase } = createAlertSweeps(
    {
      ...deps,
      broker,
      registry: createMetrics('test'),
      countTry: () => undefined,
      onChange,
      store: { ...store, operations: { ...store.operations, findDue } },
    },
    loadConfig(configShape, { ALERT_FAILURE_RATE_FOR_MS: '1' }),
  );
  const taskId = await fixture.createTask('127.0.0.0/24', { max_retries: 0, error_threshold: 256 });
  await end(taskId, range(0, 40), FAILED);
  await fixture.store.tasks.calculateTaskProgress(taskId);
  for (let passes = 0; passes < 2; passes++) await expect(ofDatabase(at(passes))).rejects.toThrow('cannot be read');
  expect((await findAlerts('task_failure_rate')).map(({ subject }) => subject)).toContain(taskId);
  expect(onChange).toHaveBeenCalled();
});
