import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import {
  collect,
  createAmqpProxy,
  createListener,
  createTestBroker,
  eventually,
  FAILURE,
  testLogger as logger,
  report,
  startParts,
  toHeartbeat,
  toNewTask,
  upTo,
} from '@cyberstroll/testkit';
import { createRecallLost } from '../src/sweeps/recall-lost';

let fixture: Awaited<ReturnType<typeof setup>>;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const QUEUE = toJobQueue('default').name;
const TARGETS = 16;
/** Of each chunk. */
const COUNT = 4;

/** With an updater that has nothing to do, and a node that takes every job and does nothing. */
async function setup() {
  const parts = await startParts();
  const { store, broker, publisher } = parts;
  await broker.declareJobQueue('default');
  await collect(parts, QUEUES.stateUpdates);
  // RabbitMQ says that a queue is empty only where somebody takes from it.
  const node = await parts.testbed.start(createListener(parts, toJobQueue('default'), async () => undefined));
  return {
    ...parts,
    logger,
    async beat(node_id: string, status: 'online' | 'busy' | 'offline' = 'online'): Promise<void> {
      await store.nodes.recordHeartbeat(toHeartbeat({ node_id, capacity: 100, status }), new Date());
    },
    /** Messages in the queue of jobs, which nobody takes from then on. */
    async fillQueue(count: number): Promise<void> {
      await node.stop();
      for (const _ of upTo(count)) await publisher.publish(EXCHANGES.jobs.name, 'default', {});
      await eventually(async () => expect((await broker.queueDepth(QUEUE)).known).toBe(count));
    },
    async pauseAndResume(taskId: string): Promise<void> {
      for (const status of ['PAUSED', 'RUNNING'] as const) await store.tasks.updateTaskStatus(taskId, status, 'test');
    },
  };
}

/** Times after now, however long what is done between them takes. */
function clockFromNow() {
  const begun = Date.now();
  return (ms: number) => new Date(begun + ms);
}

/** A RUNNING task of 16 targets, all sent at `after(0)` in four chunks; those of `touched` are closed. */
async function sentOut({ touched, failed = [] }: { touched: readonly number[]; failed?: readonly number[] }) {
  const { store } = fixture;
  const { task } = await store.tasks.createTask(toNewTask('127.0.0.0/28', { retry_delay: 0 }));
  const { task_id } = task;
  await store.tasks.updateTaskStatus(task_id, 'QUEUED', 'test', 'dispatcher');
  await fixture.beat('n1');
  const after = clockFromNow();
  for (let first_index = 0; first_index < TARGETS; first_index += COUNT) {
    await store.chunks.openChunk({ task_id, first_index, count: COUNT, now: after(0) });
  }
  await store.chunks.advanceCursor(task_id, 0, TARGETS);
  await report(store, task_id, touched, { status: 'COMPLETED' });
  await report(store, task_id, failed, FAILURE);
  await store.tasks.calculateTaskProgress(task_id);
  return { taskId: task_id, after };
}

/** The chunks that wait to be sent: where they begin, and why. */
const findWaiting = async (taskId: string) =>
  (await fixture.store.chunks.findWaiting([taskId], { limit: 100 })).map(({ first_index, waits }) => [
    first_index,
    waits,
  ]);
const createRecall = (deps = {}) => createRecallLost({ ...fixture, ...deps }, { resendAfterMs: 30_000 });

/** Later and later: RabbitMQ may not say in time what waits in its queues, and then the next pass decides. */
function passUntil(pass: (ms: number) => Promise<unknown>, from: number, expected: () => Promise<void>): Promise<void> {
  let time = from;
  return eventually(async () => {
    time += 1_000;
    await pass(time);
    await expected();
  });
}

describe('first attempts', () => {
  it('are recalled at once after a pause, as nodes dropped them, and none that was begun', async () => {
    const { taskId } = await sentOut({ touched: [0, 1, 2, 3, 9] });
    const recallOnce = createRecall();
    await fixture.pauseAndResume(taskId);
    const after = clockFromNow();
    await recallOnce(after(10));
    expect(await findWaiting(taskId)).toEqual([]);
    const all = [4, 8, 12].map((first) => [first, 'dropped']);
    await passUntil(
      (ms) => recallOnce(after(ms)),
      10,
      async () => expect(await findWaiting(taskId)).toEqual(all),
    );
    expect(await recallOnce(after(100_000))).toBeUndefined();
  });

  it('of a paused or held task are left alone until it continues', async () => {
    const { taskId, after } = await sentOut({ touched: [0] });
    const recallOnce = createRecall();
    const rule = { kind: 'freeze', covers: { all: true }, reason: 'test', operator: 'ada', from: new Date() } as const;
    await fixture.store.holds.beginRules([{ freeze_id: 'f'.repeat(24), ...rule }], new Date());
    for (const ms of [100_000, 110_000]) expect(await recallOnce(after(ms))).toBeUndefined();
    await fixture.store.holds.reviewHeld([], new Date());
    await passUntil(
      (ms) => recallOnce(after(100_000 + ms)),
      0,
      async () => expect(await findWaiting(taskId)).toHaveLength(4),
    );
  });

  it('are recalled if they were lost with their queue, once they are missing for long enough', async () => {
    const { taskId, after } = await sentOut({ touched: upTo(15) });
    const recallOnce = createRecall();
    for (const ms of [20_000, 29_000, 30_100, 35_000]) await recallOnce(after(ms));
    expect(await findWaiting(taskId)).toEqual([]);
    await passUntil(
      (ms) => recallOnce(after(ms)),
      35_200,
      async () => expect(await findWaiting(taskId)).toEqual([[12, 'lost']]),
    );
  });

  it('are not recalled while they wait in their queue, or while RabbitMQ does not know', async () => {
    const { taskId, after } = await sentOut({ touched: [4] });
    await fixture.pauseAndResume(taskId);
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = await fixture.testbed.start(createTestBroker({ rabbitmq_url: proxy.url }, 'behind a proxy'));
    proxy.hideDepths();
    const unknowing = createRecall({ broker });
    for (const ms of [31_000, 33_000, 40_000]) await unknowing(after(ms));
    await fixture.fillQueue(4);
    const recallOnce = createRecall();
    for (const ms of [41_000, 43_000, 50_000]) await recallOnce(after(ms));
    expect(await findWaiting(taskId)).toEqual([]);
    await proxy.close();
  });

  it('are deleted from the ledger once all of a chunk were begun', async () => {
    const { taskId, after } = await sentOut({ touched: upTo(15) });
    const recallOnce = createRecall();
    expect(await recallOnce(after(6_000))).toEqual({ settled: 3, recalled: 0, retries: 0 });
    const left = await fixture.store.chunks.findUnsettled({
      task_id: taskId,
      dispatchedBefore: after(9_000),
      limit: 9,
    });
    expect(left).toMatchObject([{ first_index: 12 }]);
    // The next check can wait: the last chunk may be with a node for some time.
    expect(await recallOnce(after(7_000))).toBeUndefined();
  });
});

describe('retries', () => {
  /** Two retries that were sent at `after(0)`. */
  async function sentRetries() {
    const { taskId, after } = await sentOut({ touched: upTo(14), failed: [14, 15] });
    await fixture.store.subTasks.markRetriesSent([`${taskId}-14`, `${taskId}-15`], after(3_600_000), after(0));
    const findDue = async (now: Date) => (await fixture.store.subTasks.findDueRetries([taskId], now, 10)).length;
    return { taskId, after, findDue };
  }

  it('are recalled once they are overdue, if neither their queue nor a full node can have them', async () => {
    const { after, findDue } = await sentRetries();
    const recallOnce = createRecall();
    await recallOnce(after(29_000));
    await fixture.beat('n1', 'busy');
    await recallOnce(after(31_000));
    expect(await findDue(after(31_000))).toBe(0);
    await fixture.beat('n1');
    await passUntil(
      (ms) => recallOnce(after(ms)),
      31_000,
      async () => expect(await findDue(after(600_000))).toBe(2),
    );
  });

  it('are not recalled while messages wait in their queue', async () => {
    const { after, findDue } = await sentRetries();
    await fixture.fillQueue(1);
    const recallOnce = createRecall();
    for (const ms of [31_000, 61_000]) await recallOnce(after(ms));
    expect(await findDue(after(61_000))).toBe(0);
  });

  it('are recalled at once if a silent node may have them, and not if it said goodbye', async () => {
    const { after, findDue } = await sentRetries();
    await fixture.beat('n2');
    const recallOnce = createRecall();
    await fixture.beat('n1', 'offline');
    await recallOnce(after(17_000));
    expect(await findDue(after(17_000))).toBe(0);
    await fixture.beat('n1');
    await fixture.store.nodes.setStatus('n1', 'offline');
    await passUntil(
      (ms) => recallOnce(after(ms)),
      17_000,
      async () => expect(await findDue(after(100_000))).toBe(2),
    );
  });

  it('are recalled on resume, as nodes dropped them', async () => {
    const { taskId, after, findDue } = await sentRetries();
    const recallOnce = createRecall();
    await recallOnce(after(2_000));
    expect(await findDue(after(2_000))).toBe(0);
    await fixture.pauseAndResume(taskId);
    expect(await recallOnce(new Date())).toMatchObject({ retries: 2 });
    expect(await findDue(new Date())).toBe(2);
  });
});
