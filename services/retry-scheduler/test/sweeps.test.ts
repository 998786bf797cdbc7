import { eventually, FAILURE, upTo } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { followEndedOnce } from '../src/sweeps/follow-ended-once';
import { createFollowInventory } from '../src/sweeps/follow-inventory';
import { createRetryAll } from '../src/sweeps/retry-all';
import { createRollUpSweep } from '../src/sweeps/roll-up';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);
const rollUp = (taskId: string) => fixture.store.tasks.calculateTaskProgress(taskId);

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
    const retryAllOnce = createRetryAll(fixture.deps);
    await eventually(async () => {
      // While updates wait to be applied, a pass does nothing.
      await retryAllOnce(new Date());
      expect(await fixture.statusOf(taskId, 1)).toBe('RETRYING');
    });
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

describe('follow-inventory', () => {
  const RESULT = { status: 'COMPLETED' as const, scan_result: { open_ports: [22], services: [], response_time: 1 } };

  it('leaves out a batch that cannot be added, and adds the others', async () => {
    const taskId = await fixture.createTask('127.0.0.0/30', { order: 'sequential' });
    const database = await createConnection(fixture.testbed.mongodb_uri).asPromise();
    fixture.testbed.defer(() => database.close());
    // It lacks its services.
    await database.collection('hosts').insertOne({ _id: '47f000001' as never, ip: '127.0.0.1' });
    for (const index of upTo(4)) await fixture.report(taskId, [index], RESULT);
    const followOnce = createFollowInventory(fixture.deps);
    while (await followOnce(new Date()));
    const { items } = await fixture.store.hosts.findPage({ state: 'open', port: 22, limit: 10 });
    expect(items.map(({ ip }) => ip)).toEqual(['127.0.0.0', '127.0.0.2', '127.0.0.3']);
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
