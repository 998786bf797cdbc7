import { toJobQueue } from '@cyberstroll/contracts';
import { createAmqpProxy, eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { followEndedOnce } from '../src/sweeps/follow-ended-once';
import { recallLostOnce } from '../src/sweeps/recall-lost-once';
import { createRetryAll } from '../src/sweeps/retry-all';
import { createRollUpSweep } from '../src/sweeps/roll-up';
import { createSendRetries } from '../src/sweeps/send-retries';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);
const rollUp = (taskId: string) => fixture.store.tasks.calculateTaskProgress(taskId);

describe('send-retries', () => {
  let sendRetriesOnce: ReturnType<typeof createSendRetries>;
  const sweep = (ms: number) => sendRetriesOnce(after(ms));
  beforeEach(async () => {
    sendRetriesOnce = createSendRetries({ ...fixture.deps, resendMs: 60_000 });
    await fixture.beat('n1');
  });

  it('sends a failed subtask once under its next attempt, and again if no node has started it', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [3, 4], FAILURE);
    await rollUp(taskId);
    expect(await sweep(1_000)).toEqual({ retries: 2 });
    await eventually(() => expect(fixture.jobs).toHaveLength(1));
    expect(fixture.jobs[0]!.subtasks.map(({ subtask_id, attempt }) => [subtask_id, attempt])).toEqual(
      expect.arrayContaining([3, 4].map((index) => [`${taskId}-${index}`, 2])),
    );
    expect(await sweep(2_000)).toEqual({ retries: 0 });
    await fixture.report(taskId, [4], { attempt: 2, lease_id: 'second' });
    expect(await sweep(62_000)).toEqual({ retries: 1 });
    await eventually(() =>
      expect(fixture.events).toMatchObject([
        {
          type: 'subtask.retrying',
          task_id: taskId,
          operator: 'retry-scheduler',
          reason: 'sent again: it left the queue, and no node has started it',
          subtasks: [{ subtask_id: `${taskId}-3`, attempt: 2 }],
        },
      ]),
    );
  });

  it('sends no retry of a held task, and after the hold those that were due and those that nodes dropped', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [3], FAILURE);
    await rollUp(taskId);
    expect(await sweep(1_000)).toEqual({ retries: 1 });
    await fixture.report(taskId, [4], FAILURE);
    await rollUp(taskId);
    const rule = { kind: 'freeze', covers: { all: true }, reason: 'test', operator: 'ada', from: new Date() } as const;
    await fixture.store.holds.applyRules([{ freeze_id: 'f'.repeat(24), ...rule }], new Date());
    for (const ms of [3_000, 6_000, 600_000]) expect((await sweep(ms))?.['retries'] ?? 0).toBe(0);
    const recall = () => fixture.store.subTasks.recallRetries(after(-60_000), new Date());
    expect(await recall()).toBe(0);
    await fixture.store.holds.applyRules([], new Date());
    expect(await recall()).toBe(1);
    expect(await sweep(606_000)).toEqual({ retries: 2 });
  });

  it('sends each retry once however long its pool is without a node, and never again one that a full node may have', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0, 1], FAILURE);
    await rollUp(taskId);
    await fixture.beat('n1', 'draining');
    for (const minutes of [1, 2, 30, 60]) expect(await sweep(minutes * 60_000)).toEqual({ retries: 0 });
    expect((await fixture.deps.broker.queueDepth(toJobQueue('default').name)).known).toBe(0);
    await fixture.beat('n1', 'busy');
    expect(await sweep(3_601_000)).toEqual({ retries: 2 });
    expect(await sweep(7_200_000)).toEqual({ retries: 0 });
    await fixture.beat('n1');
    expect(await sweep(7_201_000)).toEqual({ retries: 2 });
  });

  it('repeats no retry while RabbitMQ does not know the depth of the queue', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = await fixture.openBroker(proxy.url);
    const { name } = toJobQueue('edge');
    await fixture.beat('n1', 'online', ['edge']);
    const taskId = await fixture.createTask('127.0.0.0/28', { pool: 'edge' });
    await fixture.report(taskId, [0, 1], FAILURE);
    await rollUp(taskId);
    const sendOnce = createSendRetries({ ...fixture.deps, broker, resendMs: 1_000 });
    const send = (ms: number) => sendOnce(after(ms));
    proxy.hideDepths();
    expect(await send(1_000)).toEqual({ retries: 2 });
    const findDepth = () => fixture.deps.broker.queueDepth(name);
    // Both are in one job.
    await eventually(async () => (await findDepth()).known === 1);
    const waiting = await findDepth();
    for (const seconds of [3, 4, 8]) expect(await send(seconds * 1_000)).toEqual({ retries: 0 });
    proxy.showDepths();
    expect(await send(10_000)).toEqual({ retries: 0 });
    expect(await fixture.deps.broker.queueDepth(name)).toEqual(waiting);
    await proxy.close();
  });

  it('names the node that a subtask failed on, if another node is online', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0], FAILURE);
    await rollUp(taskId);
    await sweep(1_000);
    await eventually(() => expect(fixture.jobs).toHaveLength(1));
    expect(fixture.jobs[0]).not.toHaveProperty('avoid_node');
    await fixture.beat('n2');
    await sweep(62_000);
    await eventually(() => expect(fixture.jobs[1]).toMatchObject({ avoid_node: 'n1' }));
  });

  it('repeats at once the retries that a silent node may have, and none of a node that said goodbye', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0, 1], FAILURE);
    await rollUp(taskId);
    expect(await sweep(1_000)).toEqual({ retries: 2 });
    await fixture.beat('n2');
    const recall = (ms: number) => recallLostOnce(fixture.deps, after(ms));
    expect(await recall(17_000)).toEqual({});
    await fixture.store.nodes.setStatus('n1', 'offline');
    expect(await recall(17_000)).toEqual({ recalled: 2 });
    expect(await sweep(17_500)).toEqual({ retries: 2 });
    await fixture.store.subTasks.markRetriesSent([`${taskId}-0`, `${taskId}-1`], after(90_000));
    await fixture.beat('n1', 'offline');
    expect(await recall(18_000)).toEqual({});
  });

  it('keeps the retries of a paused task until it is resumed', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0], FAILURE);
    await rollUp(taskId);
    await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    expect(await sweep(1_000)).toBeUndefined();
    await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
    expect(await sweep(4_000)).toEqual({ retries: 1 });
  });

  it('repeats at once, on resume, the retries that were sent before the pause and that no node has started', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0], FAILURE);
    await rollUp(taskId);
    expect(await sweep(1_000)).toEqual({ retries: 1 });
    await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    const recall = (now: Date) => fixture.store.subTasks.recallRetries(new Date(now.getTime() - 60_000), now);
    expect(await recall(after(2_000))).toBe(0);
    await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
    expect(await recall(after(2_000))).toBe(1);
    expect(await sweep(2_000)).toEqual({ retries: 1 });
    expect(await recall(after(3_000))).toBe(0);
  });

  it('sends no retry of a task that has ended', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0], FAILURE);
    await rollUp(taskId);
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    expect(await sweep(1_000)).toBeUndefined();
  });
});

describe('follow-ended', () => {
  it('cancels the open subtasks of an ended task, held or not, then settles the task', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0, 1], { status: 'SCANNING' });
    await fixture.report(taskId, [2], { status: 'ASSIGNED' });
    await fixture.report(taskId, [3], FAILURE);
    await fixture.report(taskId, [4], { status: 'COMPLETED' });
    await rollUp(taskId);
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    expect(await followEndedOnce(fixture.deps, after(0))).toEqual({ cancelled: 4, settled: 0 });
    await eventually(async () => {
      for (const index of upTo(4)) expect(await fixture.statusOf(taskId, index)).toBe('CANCELLED');
    });
    expect(await fixture.statusOf(taskId, 4)).toBe('COMPLETED');
    await eventually(async () => {
      const counts = await followEndedOnce(fixture.deps, new Date());
      return counts['settled'] === 1;
    });
    expect(await fixture.store.tasks.findUnsettled(10)).toEqual([]);
    const { progress } = await fixture.store.tasks.getTask(taskId);
    expect(progress).toMatchObject({ completed_count: 1, cancelled_count: 15, progress_percentage: 6.25 });
    await eventually(async () => {
      const cached = await fixture.realtime.findProgress(taskId);
      expect(cached).toMatchObject({ status: 'CANCELLED', progress: { cancelled_count: 15 } });
    });
  });

  it('cancels nothing of a task that was retried after it was read', async () => {
    const taskId = await fixture.createTask('127.0.0.0/31', { max_retries: 0 });
    await fixture.report(taskId, [0], { status: 'COMPLETED' });
    await fixture.report(taskId, [1], FAILURE);
    await rollUp(taskId);
    const ended = await fixture.store.tasks.getTask(taskId);
    expect(ended.status).toBe('COMPLETED');
    await fixture.store.tasks.reopenTask(taskId, 'again', 'otto', { all: true });
    await createRetryAll(fixture.deps)(new Date());
    await eventually(async () => expect(await fixture.statusOf(taskId, 1)).toBe('RETRYING'));
    const nextEnded = async () => [{ ...ended, total_targets: 2 }];
    expect(await followEndedOnce({ ...fixture.deps, nextEnded }, after(0))).toEqual({ cancelled: 0, settled: 0 });
  });

  it('sends each cancellation once while the updaters have not applied it', async () => {
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, upTo(3), {});
    await rollUp(taskId);
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    const open = await fixture.store.subTasks.findOpen(taskId, 10);
    const stuck = {
      ...fixture.store,
      tasks: { ...fixture.store.tasks, settleTasks: async () => [] },
      subTasks: { ...fixture.store.subTasks, findOpen: async () => open },
    };
    const begun = Date.now();
    const cancel = async (ms: number) => {
      const counts = await followEndedOnce({ ...fixture.deps, store: stuck }, new Date(begun + ms));
      return counts['cancelled'];
    };
    expect(await cancel(0)).toBe(3);
    expect(await cancel(999)).toBe(0);
    expect(await cancel(1_000)).toBe(3);
  });
});

describe('roll-up', () => {
  /** Passes at these times after now, however long what is done between them takes. */
  function createPasses() {
    const sweep = createRollUpSweep(fixture.deps);
    const begun = Date.now();
    return (ms: number) => sweep(new Date(begun + ms));
  }

  it('ends a task whose updater died between its commit and its roll-up', async () => {
    const pass = createPasses();
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.report(taskId, upTo(4), { status: 'COMPLETED' });
    expect(await pass(0)).toEqual({ steps: 0 });
    expect(await pass(1_000)).toEqual({ steps: 0 });
    // The roll-up of a living updater may only be slow. Subscribers get the progress.
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('QUEUED');
    expect(await fixture.realtime.findProgress(taskId)).toMatchObject({ progress: { completed_count: 4 } });
    expect(await pass(3_000)).toEqual({ steps: 2 });
    const { status, status_history } = await fixture.store.tasks.getTask(taskId);
    expect(status).toBe('COMPLETED');
    // The events name the same operator as the history.
    const written = status_history.slice(-2).map((entry) => [`task.${entry.status.toLowerCase()}`, entry.operator]);
    expect(written).toEqual([
      ['task.running', 'retry-scheduler'],
      ['task.completed', 'retry-scheduler'],
    ]);
    await eventually(() => {
      const events = fixture.events.filter(({ task_id }) => task_id === taskId);
      expect(events.map(({ type, operator }) => [type, operator])).toEqual(written);
    });
    expect(await fixture.realtime.findProgress(taskId)).toMatchObject({ status: 'COMPLETED' });
  });

  it('leaves a task alone whose counters move, and one whose progress an updater may still write', async () => {
    const pass = createPasses();
    const taskId = await fixture.createTask('127.0.0.0/28');
    await fixture.report(taskId, [0], { status: 'COMPLETED' });
    await rollUp(taskId);
    const showsAll = async () => {
      const { task, snapshot } = await fixture.store.tasks.getTaskWithProgress(taskId);
      return task.progress_seq === snapshot.seq;
    };
    for (const index of [1, 2, 3]) {
      await fixture.report(taskId, [index], { status: 'COMPLETED' });
      await pass(index * 20_000);
      expect(await showsAll()).toBe(false);
      // Nothing of a task that moves is published either: its updater does it.
      expect((await fixture.realtime.findProgress(taskId))?.progress.completed_count).toBeUndefined();
    }
    await pass(70_000);
    expect(await showsAll()).toBe(false);
    expect((await fixture.realtime.findProgress(taskId))?.progress.completed_count).toBe(4);
    await pass(75_000);
    expect(await showsAll()).toBe(true);
  });

  it('reads a task whole only while it does not move, and then not again before a roll-up may be missing', async () => {
    const findRollUps = jest.spyOn(fixture.store.tasks, 'findRollUps');
    const pass = createPasses();
    const taskId = await fixture.createTask('127.0.0.0/28');
    for (const index of upTo(3)) {
      await fixture.report(taskId, [index], { status: 'COMPLETED' });
      await rollUp(taskId);
      await pass(index * 1_000);
    }
    for (const index of [3, 4, 5]) {
      await fixture.report(taskId, [index], { status: 'COMPLETED' });
      await pass(index * 1_000);
    }
    expect(findRollUps).not.toHaveBeenCalled();
    for (let seconds = 6; seconds < 20; seconds++) await pass(seconds * 1_000);
    expect(findRollUps.mock.calls).toEqual([[[taskId]]]);
    await pass(20_000);
    expect(findRollUps).toHaveBeenCalledTimes(2);
    for (const seconds of [21, 22]) await pass(seconds * 1_000);
    expect(findRollUps).toHaveBeenCalledTimes(2);
  });

  it('ends a task by the time alone, when the retry that its end was held for has not arrived', async () => {
    const pass = createPasses();
    const taskId = await fixture.createTask('127.0.0.0/30', { max_retries: 0 });
    await fixture.report(taskId, upTo(4), FAILURE);
    await rollUp(taskId);
    await fixture.store.tasks.reopenTask(taskId, 'again', 'ada');
    await rollUp(taskId);
    for (const ms of [0, 1_000, 3_000]) expect(await pass(ms)).toEqual({ steps: 0 });
    const database = await createConnection(fixture.testbed.mongodb_uri).asPromise();
    await database.collection('tasks').updateOne({ task_id: taskId }, { $set: { 'end_hold.until': new Date(0) } });
    await database.close();
    for (const ms of [4_000, 5_000]) expect(await pass(ms)).toEqual({ steps: 0 });
    expect(await pass(6_000)).toEqual({ steps: 1 });
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('FAILED');
  });
});
