import { type Event, EXCHANGES, type Job, parseSubTaskId, QUEUES } from '@cyberstroll/contracts';
import { collect, eventually, FAILURE, report, upTo } from '@cyberstroll/testkit';
import { createDispatch } from '../src/pass/dispatch-pass';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);
const createPass = async (name = 'a') => createDispatch(await fixture.openReplica(name), { workMs: 0 });

/** A RUNNING task that was sent as a whole; those of `failed` wait for a retry that is due. */
async function createSent(target: string, failed: readonly number[], config: object = {}): Promise<string> {
  const { store } = fixture;
  const taskId = await fixture.createTask(target, { retry_delay: 0, order: 'sequential', ...config });
  await store.tasks.updateTaskStatus(taskId, 'QUEUED', 'test', 'dispatcher');
  const { progress } = await store.tasks.getTask(taskId);
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: progress.total_targets, now: after(-60_000) });
  await store.chunks.advanceCursor(taskId, 0, progress.total_targets);
  if (failed.length > 0) await report(store, taskId, failed, FAILURE);
  await store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test').catch(() => undefined);
  await store.tasks.calculateTaskProgress(taskId);
  return taskId;
}

async function collectJobs(): Promise<Job[]> {
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  return jobs;
}

const subtasksOf = (jobs: readonly Job[], taskId: string) =>
  jobs.filter(({ task_id }) => task_id === taskId).flatMap(({ subtasks }) => subtasks);

/** Passes until this holds. */
async function passUntil(pass: () => Promise<unknown>, expected: () => void): Promise<void> {
  await eventually(async () => {
    await pass();
    expected();
  });
}

describe('retries', () => {
  it('are sent once when they are due, under their next attempt, and again when they were recalled', async () => {
    await fixture.addNode('n1', 100);
    const jobs = await collectJobs();
    const taskId = await createSent('127.0.0.0/28', [3, 4]);
    const { dispatchOnce } = await createPass();
    await passUntil(
      () => dispatchOnce(after(1_000)),
      () => expect(subtasksOf(jobs, taskId)).toHaveLength(2),
    );
    for (const ms of [2_000, 3_000, 29_000]) await dispatchOnce(after(ms));
    const sent = subtasksOf(jobs, taskId).map(({ subtask_id, attempt }) => [subtask_id, attempt]);
    expect(sent).toEqual(expect.arrayContaining([3, 4].map((index) => [`${taskId}-${index}`, 2])));
    await report(fixture.store, taskId, [4], { attempt: 2, lease_id: 'second' });
    const recall = { sentBefore: after(30_000), now: after(60_000), limit: 10 };
    expect(await fixture.store.subTasks.recallSentRetries([taskId], recall)).toBe(1);
    await passUntil(
      () => dispatchOnce(after(61_000)),
      () => expect(subtasksOf(jobs, taskId).slice(2)).toMatchObject([{ subtask_id: `${taskId}-3`, attempt: 2 }]),
    );
  });

  it('have half of the window while targets are left, and each task has its turn', async () => {
    await fixture.addNode('n1', 40);
    const many = await createSent('127.0.0.0/24', upTo(200));
    const few = await createSent('127.0.1.0/28', upTo(10));
    await report(fixture.store, few, [10, 11, 12, 13, 14, 15], { status: 'COMPLETED' });
    await report(
      fixture.store,
      many,
      upTo(256).filter((index) => index >= 200),
      { status: 'COMPLETED' },
    );
    const fresh = await fixture.createTask('127.0.2.0/24', { order: 'sequential' });
    await fixture.store.tasks.queueTasks([fresh], 'test', 'test');
    const { dispatchOnce } = await createPass();
    await dispatchOnce(after(1_000));
    const jobs = await collectJobs();
    await eventually(() => expect(jobs.flatMap(({ subtasks }) => subtasks)).toHaveLength(80));
    expect(subtasksOf(jobs, many).length + subtasksOf(jobs, few).length).toBe(40);
    expect(subtasksOf(jobs, few)).toHaveLength(10);
    expect(subtasksOf(jobs, fresh)).toHaveLength(40);
    expect(await dispatchOnce(after(1_300))).toMatchObject({ subtasks: 0 });
  });

  it('name the node that they failed on, if another node is there', async () => {
    await fixture.addNode('n1', 100);
    await fixture.addNode('n2', 100);
    const jobs = await collectJobs();
    const taskId = await createSent('127.0.0.0/28', [0]);
    const { last_node } = await fixture.store.subTasks.getSubTask(`${taskId}-0`);
    const { dispatchOnce } = await createPass();
    await passUntil(
      () => dispatchOnce(after(1_000)),
      () => expect(jobs).toMatchObject([{ task_id: taskId, avoid_node: last_node }]),
    );
  });

  it('of an excluded address are not sent', async () => {
    await fixture.addNode('n1', 100);
    const jobs = await collectJobs();
    const taskId = await createSent('127.0.0.0/28', [3, 4]);
    await fixture.store.exclusions.create({ target: '127.0.0.3', reason: 'test' }, 'ada', new Date());
    const { dispatchOnce } = await createPass();
    await passUntil(
      () => dispatchOnce(after(1_000)),
      () => expect(subtasksOf(jobs, taskId)).toMatchObject([{ ip: '127.0.0.4', attempt: 2 }]),
    );
  });

  it('of a paused, held, ended task, or without a node, are neither sent nor written', async () => {
    await fixture.addNode('n1', 100);
    const jobs = await collectJobs();
    const paused = await createSent('127.0.0.0/28', [0]);
    await fixture.store.tasks.updateTaskStatus(paused, 'PAUSED', 'test');
    const cancelled = await createSent('127.0.1.0/28', [0]);
    await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
    const elsewhere = await createSent('127.0.2.0/28', [0], { pool: 'edge' });
    const held = await createSent('127.0.3.0/28', [0]);
    const covers = { network: '127.0.3.0/24' };
    const rule = { kind: 'freeze' as const, covers, reason: 'test', operator: 'ada', running: 'end' as const };
    const { freeze_id } = await fixture.store.freezes.create({ ...rule, from: new Date() }, new Date());
    const other = await createSent('127.0.4.0/28', [0]);
    const { dispatchOnce } = await createPass();
    await passUntil(
      () => dispatchOnce(after(1_000)),
      () => expect(subtasksOf(jobs, other)).toHaveLength(1),
    );
    expect(jobs).toHaveLength(1);
    // Nobody has written a hold: the gate alone kept it.
    expect((await fixture.store.tasks.getTask(held)).hold).toBeUndefined();
    const due = await fixture.store.subTasks.findDueRetries([paused, elsewhere, held], after(1_000), 10);
    expect(due).toHaveLength(3);
    await fixture.store.freezes.lift(freeze_id, new Date());
    await passUntil(
      () => dispatchOnce(after(1_000)),
      () => expect(subtasksOf(jobs, held)).toHaveLength(1),
    );
  });
});

describe('what was recalled', () => {
  it('is sent again, in order, what is untouched of it, once, with an event that says why', async () => {
    await fixture.addNode('n1', 100);
    const taskId = await createSent('127.0.0.0/28', []);
    await report(fixture.store, taskId, [0, 1, 2, 9], { status: 'COMPLETED' });
    await fixture.store.tasks.calculateTaskProgress(taskId);
    const subTaskEvents = { exclusiveOn: EXCHANGES.events.name, routingKey: 'subtask.*' } as const;
    const events = await collect<Event>(fixture, subTaskEvents);
    const jobs = await collectJobs();
    const [chunk] = await fixture.store.chunks.findUnsettled({ task_id: taskId, dispatchedBefore: after(0), limit: 9 });
    await fixture.store.chunks.recall([{ chunk: chunk!, reason: 'lost' }]);
    const { dispatchOnce } = await createPass();
    const untouched = upTo(16).filter((index) => ![0, 1, 2, 9].includes(index));
    await passUntil(
      () => dispatchOnce(new Date()),
      () => expect(ascending(jobs.flatMap(indexesOf))).toEqual(untouched),
    );
    for (const ms of [1_000, 2_000]) await dispatchOnce(after(ms));
    expect(jobs.flatMap(indexesOf)).toHaveLength(12);
    expect(jobs.flatMap(({ subtasks }) => subtasks).every(({ attempt }) => attempt === 1)).toBe(true);
    const reason = 'sent out again: it has left the queue, and no node has begun it';
    await eventually(() =>
      expect(events[0]).toMatchObject({ type: 'subtask.pending', task_id: taskId, operator: 'dispatcher', reason }),
    );
    expect(await fixture.store.chunks.findWaiting([taskId], { limit: 9 })).toEqual([]);
  });

  it('is sent in parts where the window has no more room, and loses nothing', async () => {
    await fixture.addNode('n1', 4);
    const taskId = await createSent('127.0.0.0/28', []);
    const [chunk] = await fixture.store.chunks.findUnsettled({ task_id: taskId, dispatchedBefore: after(0), limit: 9 });
    await fixture.store.chunks.recall([{ chunk: chunk!, reason: 'dropped' }]);
    const sent: number[] = [];
    const jobs = await collectJobs();
    const { dispatchOnce } = await createPass();
    await eventually(async () => {
      await dispatchOnce(new Date());
      expect(jobs.flatMap(indexesOf).length - sent.length).toBeLessThanOrEqual(8);
      const fresh = jobs.flatMap(indexesOf).slice(sent.length);
      sent.push(...fresh);
      await fixture.complete(taskId, fresh);
      expect(ascending(sent)).toEqual(upTo(16));
    });
  });
});

describe('the gate', () => {
  const windows = (from: string, to: string) => [
    { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from, to, time_zone: 'UTC' },
  ];
  const at = (clock: string) => new Date(`2099-06-01T${clock}:00.000Z`);

  it('lets a task go while its window is open, though nobody has written a hold, and says until when', async () => {
    await fixture.addNode('n1', 100);
    const jobs = await collectJobs();
    const taskId = await fixture.createTask('127.0.0.0/28', { windows: windows('22:00', '06:00') });
    await fixture.store.tasks.queueTasks([taskId], 'test', 'test');
    const { dispatchOnce } = await createPass();
    for (const clock of ['12:00', '21:59', '06:00']) await dispatchOnce(at(clock));
    expect((await fixture.store.tasks.getTask(taskId)).cursor).toBe(0);
    await dispatchOnce(at('23:00'));
    expect((await fixture.store.tasks.getTask(taskId)).cursor).toBe(16);
    await eventually(() => expect(jobs.flatMap(indexesOf)).toHaveLength(16));
    const closes = Date.parse('2099-06-02T06:00:00.000Z');
    expect(new Set(jobs.map(({ not_after }) => not_after))).toEqual(new Set([closes]));
  });

  it('closes for a blackout that is planned, and for an exclusion that begins', async () => {
    await fixture.addNode('n1', 100);
    const jobs = await collectJobs();
    const [from, until] = [after(3_600_000), after(7_200_000)];
    const rule = { kind: 'blackout' as const, covers: { all: true as const }, reason: 'test', operator: 'ada' };
    await fixture.store.freezes.create({ ...rule, from, until, running: 'end' }, new Date());
    const start = after(60_000);
    await fixture.store.exclusions.create({ target: '127.0.0.3', reason: 'test', start }, 'ada', new Date());
    const taskId = await fixture.createTask('127.0.0.0/24', { order: 'sequential' });
    const { dispatchOnce } = await createPass();
    await passUntil(
      () => dispatchOnce(new Date()),
      () => expect(subtasksOf(jobs, taskId).length).toBeGreaterThan(150),
    );
    for (const { subtasks, not_after } of jobs) {
      const has = subtasks.some(({ ip }) => ip === '127.0.0.3');
      expect(not_after).toBe((has ? start : from).getTime());
    }
    const { cursor } = await fixture.store.tasks.getTask(taskId);
    await fixture.complete(taskId, upTo(100));
    await dispatchOnce(from);
    expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({ cursor });
  });

  it('makes a job worthless when it closes: RabbitMQ drops it from its queue', async () => {
    await fixture.addNode('n1', 100);
    const dead = await collect(fixture, QUEUES.deadLetters);
    const from = after(1_000);
    const rule = { kind: 'blackout' as const, covers: { all: true as const }, reason: 'test', operator: 'ada' };
    await fixture.store.freezes.create({ ...rule, from, until: after(3_600_000), running: 'end' }, new Date());
    await fixture.createTask('127.0.0.1');
    const { dispatchOnce } = await createPass();
    await dispatchOnce(new Date());
    // Nobody takes it. What RabbitMQ gives up is handled by retry-scheduler.
    await eventually(() => expect(dead).toMatchObject([{ not_after: from.getTime() }]));
    const jobs = await collectJobs();
    expect(jobs.map(({ subtasks }) => parseSubTaskId(subtasks[0]!.subtask_id))).toEqual([]);
  });
});

describe('a limit on a part of a task', () => {
  it('holds up the addresses that it covers, and no others; they are sent when it has room', async () => {
    await fixture.addNode('n1', 400);
    const jobs = await collectJobs();
    const limit = { covers: { network: '127.0.0.32/28' }, max_starts_per_second: 0.01, operator: 'ada' };
    const { limit_id } = await fixture.store.limits.create(limit, new Date());
    const taskId = await fixture.createTask('127.0.0.0/24', { order: 'sequential' });
    const { dispatchOnce } = await createPass();
    const sent = () => ascending(subtasksOf(jobs, taskId).map(({ subtask_id }) => parseSubTaskId(subtask_id)!.index));
    const slow = upTo(16).map((i) => 32 + i);
    await passUntil(
      () => dispatchOnce(new Date()),
      () => expect(sent().filter((index) => !slow.includes(index))).toHaveLength(240),
    );
    // The pace lets one go.
    expect(sent().filter((index) => slow.includes(index))).toEqual([32]);
    expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({ cursor: 256 });
    const waiting = await fixture.store.chunks.findWaiting([taskId], { limit: 99 });
    expect(waiting.map(({ first_index, count, waits }) => [first_index, count, waits])).toEqual([
      [33, 15, 'postponed'],
    ]);
    expect(await fixture.store.limits.findStanding([])).toMatchObject([{ use: { outstanding: 1, not_begun: 1 } }]);
    await fixture.store.limits.remove(limit_id);
    await passUntil(
      () => dispatchOnce(new Date()),
      () => expect(sent()).toEqual(upTo(256)),
    );
    expect(await fixture.store.chunks.findWaiting([taskId], { limit: 99 })).toEqual([]);
  });
});
