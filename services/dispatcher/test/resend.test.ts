import { type Control, type Event, EXCHANGES, type Job, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { collect, createAmqpProxy, eventually, upTo } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { REPEAT_MS } from '../src/core/to-controls';
import { createDispatch } from '../src/sweeps/dispatch-once';
import { createControlRebroadcast } from '../src/sweeps/rebroadcast-control-once';
import { createResend } from '../src/sweeps/resend-once';
import { createSettleEnded } from '../src/sweeps/settle-ended-once';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
  // An updater with nothing to do.
  await collect(fixture, QUEUES.stateUpdates);
});
afterEach(() => fixture?.cleanup());

/** Times after now, however long what is done between them takes. */
function clockFromNow() {
  const begun = Date.now();
  return (ms: number) => new Date(begun + ms);
}
const unsettled = (taskId: string) =>
  fixture.store.chunks.findUnsettled({ task_id: taskId, dispatchedBefore: clockFromNow()(100_000), limit: 100 });

/**
 * A task of 16 targets, all sent out at `after(0)`; the jobs were taken off the queue, and only those of `touched` were
 * begun.
 */
async function sentOut({ touched }: { touched: readonly number[] }) {
  const taskId = await fixture.createTask('127.0.0.0/28');
  await fixture.addNode('n1', 100);
  const after = clockFromNow();
  await createDispatch(await fixture.openReplica('a')).dispatchOnce(after(0));
  const taken: Job[] = [];
  const node = await fixture.startNode((job) => void taken.push(job));
  await eventually(() => taken.flatMap(indexesOf).length === 16);
  await node.stop();
  await fixture.complete(taskId, touched);
  return { taskId, after };
}

/** The depth of the queue, once every chunk of the task waits in it. */
async function findAllWaiting(taskId: string) {
  const chunks = (await unsettled(taskId)).length;
  return eventually(async () => {
    const depth = await fixture.broker.queueDepth(toJobQueue('default').name);
    expect(depth.known).toBe(chunks);
    return depth;
  });
}

async function collectJobs() {
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  return jobs;
}

/** Later and later: RabbitMQ may not say in time what waits in its queues, and then the next pass decides. */
function lookUntilResent(look: (time: number) => Promise<number>, from: number, step: number): Promise<number> {
  let time = from;
  return eventually(() => {
    time += step;
    return look(time);
  });
}

describe('resend', () => {
  it('after a pause sends at once the subtasks that nodes dropped, and none that was begun', async () => {
    const { taskId, after: afterSent } = await sentOut({ touched: [0, 1, 2, 3, 9] });
    await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    expect(await resendOnce(afterSent(100_000))).toBeUndefined();
    await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');

    const after = clockFromNow();
    const jobs = await collectJobs();
    const look = async (ms: number) => (await resendOnce(after(ms)))?.['resent'] ?? 0;
    expect(await look(10)).toBe(0);
    expect(await lookUntilResent(look, 100, 1_000)).toBe(11);
    const expected = upTo(16).filter((index) => ![0, 1, 2, 3, 9].includes(index));
    await eventually(() => expect(ascending(jobs.flatMap(indexesOf))).toEqual(expected));
    expect(jobs.flatMap((job) => job.subtasks).every(({ attempt }) => attempt === 1)).toBe(true);

    expect(await resendOnce(after(1_200))).toBeUndefined();
    expect(await resendOnce(after(2_400))).toBeUndefined();
  });

  it('sends nothing of a held task, and after the hold the rest and what nodes dropped', async () => {
    const { taskId, after: afterSent } = await sentOut({ touched: [0, 1, 2] });
    const { store } = fixture;
    const unsent = await fixture.createTask('127.0.7.0/28');
    await store.tasks.queueTasks([unsent], 'test', 'test');
    const rule = { kind: 'freeze', covers: { all: true }, reason: 'test', operator: 'ada', from: new Date() } as const;
    const freeze = { freeze_id: 'f'.repeat(24), ...rule };
    expect((await store.holds.applyRules([freeze], new Date())).held.sort()).toEqual([taskId, unsent].sort());
    const heard = await hearControls();
    await eventually(async () => {
      await createControlRebroadcast(fixture)(new Date());
      expect(heard).toContainEqual({ task_ids: [taskId, unsent].sort(), state: 'paused' });
    });
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    const { dispatchOnce } = createDispatch(await fixture.openReplica('b'));
    expect(await resendOnce(afterSent(100_000))).toBeUndefined();
    await dispatchOnce(new Date());
    expect(await unsettled(unsent)).toEqual([]);

    const { released } = await store.holds.applyRules([], new Date());
    expect(released.map(({ task_id }) => task_id).sort()).toEqual([taskId, unsent].sort());
    const after = clockFromNow();
    const jobs = await collectJobs();
    await eventually(async () => {
      await dispatchOnce(new Date());
      expect(jobs.filter(({ task_id }) => task_id === unsent).flatMap(indexesOf)).toHaveLength(16);
    });
    const look = async (ms: number) => (await resendOnce(after(ms)))?.['resent'] ?? 0;
    expect(await lookUntilResent(look, 100, 1_000)).toBe(13);
  });

  it('sends again the chunks that were lost with their queue, once they are missing for long enough', async () => {
    const subTaskEvents = { exclusiveOn: EXCHANGES.events.name, routingKey: 'subtask.*' } as const;
    const events = await collect<Event>(fixture, subTaskEvents);
    const { taskId, after } = await sentOut({ touched: upTo(15) });
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    const jobs = await collectJobs();
    const look = async (ms: number) => (await resendOnce(after(ms)))?.['resent'] ?? 0;
    for (const ms of [20_000, 29_000, 30_100, 35_000]) expect(await look(ms)).toBe(0);
    expect(await lookUntilResent(look, 35_200, 1_000)).toBe(1);
    await eventually(() => expect(jobs.flatMap(indexesOf)).toEqual([15]));
    await eventually(() =>
      expect(events).toMatchObject([
        {
          type: 'subtask.pending',
          task_id: taskId,
          operator: 'dispatcher',
          reason: 'sent out again: it has left the queue, and no node has begun it',
          subtasks: [{ subtask_id: `${taskId}-15`, attempt: 1 }],
        },
      ]),
    );
  });

  it('deletes 2,000 chunks of single subtasks in a few passes', async () => {
    const chunks = 2_000;
    const taskId = await fixture.createTask('127.0.0.0/21');
    await fixture.store.tasks.updateTaskStatus(taskId, 'QUEUED', 'test');
    await fixture.store.chunks.advanceCursor(taskId, 0, chunks);
    const connection = await createConnection(fixture.testbed.mongodb_uri).asPromise();
    try {
      const ledger = connection.collection('chunks');
      const sent = { task_id: taskId, count: 1, dispatched_time: new Date(), settled: false };
      const toChunk = (first_index: number) => ({ _id: `${taskId}-${first_index}` as never, first_index, ...sent });
      await ledger.insertMany(upTo(chunks).map(toChunk));
      await fixture.complete(taskId, upTo(chunks - 1));
      const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
      let passes = 0;
      for (; (await unsettled(taskId)).length > 1; passes++) await resendOnce(clockFromNow()(10_000));
      expect(passes).toBeLessThanOrEqual(3);
      expect(await unsettled(taskId)).toMatchObject([{ first_index: chunks - 1 }]);
      expect(await ledger.countDocuments({ task_id: taskId })).toBe(1);
    } finally {
      await connection.close();
    }
  });

  it('sends nothing again that lies with a node which has no slot for it', async () => {
    await fixture.createTask('127.0.0.0/28');
    await fixture.addNode('n1', 100, 'busy');
    const after = clockFromNow();
    await createDispatch(await fixture.openReplica('a')).dispatchOnce(after(0));
    const taken: Job[] = [];
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const node = await fixture.startNode((job) => {
      taken.push(job);
      return held;
    });
    await eventually(async () => {
      expect((await fixture.broker.queueDepth(toJobQueue('default').name)).known).toBe(0);
      expect(taken.flatMap(indexesOf)).toHaveLength(16);
    });
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    const look = async (seconds: number) => (await resendOnce(after(seconds * 1_000)))?.['resent'] ?? 0;
    for (const seconds of [31, 40, 60, 600]) expect(await look(seconds)).toBe(0);
    // As long as three scans of `subtask_timeout` it may lie there.
    expect(await look(931)).toBe(0);
    expect(await lookUntilResent(look, 931, 7)).toBe(16);
    letGo();
    await node.stop();
  });

  it('sends what a node may have that fell silent soon after it is known for lost, once', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.addNode('n1', 100);
    const after = clockFromNow();
    await createDispatch(await fixture.openReplica('a')).dispatchOnce(after(0));
    // It takes jobs, and never acks one: they are neither in the queue nor with anybody else.
    const taken: Job[] = [];
    let letGo: () => void = () => undefined;
    const hung = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const node = await fixture.startNode((job) => {
      taken.push(job);
      return hung;
    });
    await eventually(() => expect(taken.flatMap(indexesOf)).toHaveLength(16));
    await fixture.complete(taskId, [0, 1]);
    await fixture.addNode('n2', 100);
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    const look = async (ms: number) => (await resendOnce(after(ms)))?.['resent'] ?? 0;

    await fixture.addNode('n1', 100, 'offline');
    expect([await look(15_000), await look(16_500)]).toEqual([0, 0]);
    await fixture.addNode('n1', 100);
    await fixture.store.nodes.setStatus('n1', 'offline');
    expect(await look(15_000)).toBe(0);
    expect(await lookUntilResent(look, 15_000, 1_000)).toBe(14);
    expect(await look(17_500)).toBe(0);
    letGo();
    await node.stop();
  });

  it('sends nothing again that still waits in its queue', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.addNode('n1', 100);
    const after = clockFromNow();
    await createDispatch(await fixture.openReplica('a')).dispatchOnce(after(0));
    const waiting = await findAllWaiting(taskId);
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    for (const ms of [31_000, 33_000, 35_000]) await resendOnce(after(ms));
    expect(await fixture.broker.queueDepth(toJobQueue('default').name)).toEqual(waiting);
  });

  it('sends nothing again while RabbitMQ does not know the depth of its queue', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.addNode('n1', 100);
    await createDispatch(await fixture.openReplica('a')).dispatchOnce(new Date());
    await fixture.complete(taskId, [0]);
    // Lost with its node, dropped in a pause, gone with its queue: it looks like each of them.
    await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
    await fixture.addNode('n2', 100);
    await fixture.store.nodes.setStatus('n2', 'offline');
    const after = clockFromNow();
    const { name } = toJobQueue('default');
    const waiting = await findAllWaiting(taskId);
    const replica = await fixture.openReplica('b', { rabbitmqUrl: proxy.url });
    const resendOnce = createResend(replica, { resendAfterMs: 30_000 });
    proxy.hideDepths();
    for (const ms of [31_000, 33_000, 38_000, 40_000]) await resendOnce(after(ms));
    proxy.showDepths();
    for (const ms of [41_000, 49_000]) await resendOnce(after(ms));
    expect(await fixture.broker.queueDepth(name)).toEqual(waiting);
    await proxy.close();
  });

  it('settles chunks whose subtasks were all begun', async () => {
    const { taskId, after } = await sentOut({ touched: upTo(15) });
    const chunks = (await unsettled(taskId)).length;
    const resendOnce = createResend(fixture, { resendAfterMs: 30_000 });
    expect(await resendOnce(after(6_000))).toEqual({ settled: chunks - 1, resent: 0 });
    expect(await unsettled(taskId)).toHaveLength(1);
    // The next look can wait: the last chunk may be with a node for some time.
    expect(await resendOnce(after(7_000))).toBeUndefined();
  });
});

describe('settle-ended', () => {
  it('closes the ledger of tasks that will send out nothing more, and keeps that of those an operator may retry', async () => {
    const { taskId: cancelled, after } = await sentOut({ touched: [0] });
    const failed = await fixture.createTask('127.0.1.0/28');
    await fixture.store.chunks.openChunk({ task_id: failed, first_index: 0, count: 8, now: after(0) });
    await fixture.store.tasks.updateTaskStatus(failed, 'QUEUED', 'test');
    await fixture.store.tasks.updateTaskStatus(failed, 'FAILED', 'test');
    await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
    // It may be retried too, and has nothing that no node has touched.
    const completed = await fixture.createTask('127.0.2.0/30');
    await fixture.store.chunks.openChunk({ task_id: completed, first_index: 0, count: 4, now: after(0) });
    for (const status of ['QUEUED', 'RUNNING', 'COMPLETED'] as const) {
      await fixture.store.tasks.updateTaskStatus(completed, status, 'test');
    }
    expect((await createSettleEnded(fixture)(after(6_000)))['settled']).toBeGreaterThan(0);
    expect(await unsettled(cancelled)).toEqual([]);
    expect(await unsettled(completed)).toEqual([]);
    expect(await unsettled(failed)).toHaveLength(1);
  });

  it('reaches a cancelled task though more open tasks than a pass looks at have older chunks', async () => {
    const after = clockFromNow();
    const openChunk = (task_id: string, ms: number) =>
      fixture.store.chunks.openChunk({ task_id, first_index: 0, count: 8, now: after(ms) });
    for (const _ of upTo(5)) await openChunk(await fixture.createTask('127.0.1.0/28'), 0);
    const cancelled = await fixture.createTask('127.0.2.0/28');
    await openChunk(cancelled, 1_000);
    await fixture.store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
    const settleEndedOnce = createSettleEnded(fixture, { page: 2 });
    const passes: number[] = [];
    for (const _ of upTo(3)) passes.push((await settleEndedOnce(after(7_000)))['settled']!);
    expect(passes.reduce((sum, settled) => sum + settled)).toBe(1);
    expect(await unsettled(cancelled)).toEqual([]);
  });
});

/** The control messages that nodes get from here on. */
const hearControls = () => collect<Control>(fixture, { exclusiveOn: EXCHANGES.control.name });

it('publishes again to nodes which tasks are paused and which are over', async () => {
  const heard = await hearControls();
  const rebroadcastOnce = createControlRebroadcast(fixture);
  const { taskId: paused } = await sentOut({ touched: [0] });
  const running = await fixture.createTask('127.0.1.0/28');
  const ended = await fixture.createTask('127.0.2.0/28');
  await fixture.store.tasks.updateTaskStatus(paused, 'PAUSED', 'test');
  await fixture.store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test');
  await eventually(async () => {
    await rebroadcastOnce(new Date());
    expect(heard).toContainEqual({ task_ids: [paused], state: 'paused' });
    expect(heard).toContainEqual({ task_ids: [ended], state: 'ended' });
  });
  expect(heard).not.toContainEqual(expect.objectContaining({ task_ids: expect.arrayContaining([running]) }));
});

it('says that every pause was repeated, once all paused tasks were among what it repeated', async () => {
  const heard = await hearControls();
  const rebroadcastOnce = createControlRebroadcast(fixture, { maxTasks: 1 });
  const paused: string[] = [];
  for (const target of ['127.0.3.0/28', '127.0.4.0/28']) {
    const taskId = await fixture.createTask(target);
    for (const status of ['QUEUED', 'RUNNING', 'PAUSED'] as const) {
      await fixture.store.tasks.updateTaskStatus(taskId, status, 'test');
    }
    paused.push(taskId);
  }
  await eventually(() => fixture.publisher.tryPublish(EXCHANGES.events.name, 'probe', {}));
  for (let pass = 0; pass < 3; pass++) await rebroadcastOnce(new Date());
  await eventually(() => expect(heard.at(-1)?.state).toBe('repeated'));
  expect(heard.filter(({ state }) => state !== 'ended')).toEqual([
    ...paused.sort().map((task_id) => ({ task_ids: [task_id], state: 'paused' })),
    { state: 'repeated', within_ms: expect.any(Number) },
  ]);
});

it('keeps publishing to nodes for a while that a task ended, also one that was settled at once', async () => {
  const heard = await hearControls();
  const rebroadcastOnce = createControlRebroadcast(fixture);
  const taskId = await fixture.createTask('127.0.0.0/28');
  const after = clockFromNow();
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  expect(await fixture.store.tasks.settleTasks([taskId])).toHaveLength(1);
  await eventually(async () => {
    await rebroadcastOnce(new Date());
    expect(heard).toContainEqual({ task_ids: [taskId], state: 'ended' });
  });
  expect(await rebroadcastOnce(after(REPEAT_MS - 1_000))).toEqual({ controls: 1 });
  expect(await rebroadcastOnce(new Date(Date.now() + REPEAT_MS + 5_000))).toEqual({ controls: 0 });
});
