import { EXCHANGES, type ProgressSnapshot, QUEUES, type SubTaskUpdate, toQueueMarker } from '@cyberstroll/contracts';
import { publishServiceUpdates } from '@cyberstroll/messaging';
import { eventually, toCutOff, toUpdate, upTo } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup({ updaters: 2 });
});
beforeEach(() => {
  fixture.deadLetters.length = 0;
});
afterAll(() => fixture?.cleanup());

const updateOf = (taskId: string, index: number, status: SubTaskUpdate['status'], lease_id = `lease-${index}`) =>
  toUpdate(taskId, index, { status, lease_id });
const send: Fixture['send'] = (...args) => fixture.send(...args);

// First: no update of another test is on its way yet.
it('notes a marker of a service when all before it is applied, counts none of it, and takes none from a node', async () => {
  const sent = new Date();
  const read = async (name: string) =>
    (await Promise.all(fixture.updaters.map((service) => service.metrics.getSingleMetricAsString(name)))).join();
  const lagBefore = await read('cyberstroll_update_lag_seconds');
  await fixture.publisher.publish(
    EXCHANGES.serviceUpdates.name,
    QUEUES.stateUpdates.routingKey,
    toQueueMarker('monitor', sent),
  );
  await fixture.store.queueLag.noteMarker({
    sinceTime: sent,
    lagSeconds: 0,
    expires: new Date(Date.now() + 60_000),
  });
  const isBack = async () => (await fixture.store.queueLag.findMarker(new Date()))?.isBack;
  await eventually(async () => expect(await isBack()).toBe(true));
  expect(await read('cyberstroll_update_lag_seconds')).toBe(lagBefore);

  const forged = new Date(sent.getTime() + 5_000);
  await fixture.store.queueLag.noteMarker({
    sinceTime: forged,
    lagSeconds: 0,
    expires: new Date(Date.now() + 60_000),
  });
  await fixture.publisher.publish(
    EXCHANGES.state.name,
    QUEUES.stateUpdates.routingKey,
    toQueueMarker('monitor', forged),
  );
  await eventually(() =>
    expect(fixture.deadLetters).toContainEqual(expect.objectContaining({ content: toQueueMarker('monitor', forged) })),
  );
  expect(await isBack()).toBe(false);
});

it('takes a task through to its end, by two updaters, with every repeat harmless', async () => {
  const taskId = await fixture.createTask('127.0.0.0/25');
  const seen: ProgressSnapshot[] = [];
  const unsubscribe = await fixture.realtime.subscribeProgress(taskId, (snapshot) => seen.push(snapshot));
  for (const status of ['ASSIGNED', 'SCANNING', 'COMPLETED', 'COMPLETED'] as const) {
    for (let first = 0; first < 128; first += 16) await send(upTo(16).map((i) => updateOf(taskId, first + i, status)));
  }
  await eventually(() =>
    expect(seen.at(-1)).toMatchObject({
      status: 'COMPLETED',
      progress: { completed_count: 128, progress_percentage: 100 },
    }),
  );
  expect(seen.map(({ seq }) => seq)).toEqual([...new Set(seen.map(({ seq }) => seq))].sort((a, b) => a - b));
  await unsubscribe();
  // What is closed first is written at once, for the figures of its node.
  await eventually(async () => expect((await fixture.store.nodeCounts.find(new Date())).items).toHaveLength(1));
  const { status_history } = await fixture.store.tasks.getTaskStatus(taskId);
  expect(status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
  await eventually(() => {
    const types = fixture.events.filter((event) => event.task_id === taskId).map((event) => event.type);
    expect(types).toEqual(
      expect.arrayContaining([
        'subtask.assigned',
        'subtask.scanning',
        'subtask.completed',
        'task.running',
        'task.completed',
      ]),
    );
  });
});

it('publishes to nodes and listeners at once, and why, that too many failures have ended a task', async () => {
  const taskId = await fixture.createTask('127.0.0.0/28', { max_retries: 0, error_threshold: 1 });
  const error_info = { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' };
  await send([0, 1].map((index) => ({ ...updateOf(taskId, index, 'FAILED'), error_info })));
  await eventually(() => expect(fixture.controls).toContainEqual({ task_ids: [taskId], state: 'ended' }));
  await eventually(() =>
    expect(fixture.events).toContainEqual(
      expect.objectContaining({
        type: 'task.failed',
        task_id: taskId,
        reason: 'error_threshold: 2 subtasks failed, 1 are allowed',
        operator: 'state-updater',
      }),
    ),
  );
});

it('publishes which leases hold no more: what a service ended, and what another node was first to claim', async () => {
  const taskId = await fixture.createTask('127.0.0.0/30');
  await send([updateOf(taskId, 0, 'SCANNING', 'taken'), updateOf(taskId, 1, 'SCANNING', 'first')]);
  await eventually(async () => {
    expect((await fixture.store.subTasks.getSubTask(`${taskId}-1`)).status).toBe('SCANNING');
  });
  await send([updateOf(taskId, 1, 'ASSIGNED', 'too-late')], { node_id: 'node-2', instance_id: 'j' });
  const lost = { error_info: { error_code: 'NODE_LOST', error_message: 'silent' } };
  await publishServiceUpdates(fixture.publisher, 'heartbeat-monitor', [
    { ...updateOf(taskId, 0, 'FAILED', 'taken'), ...lost },
  ]);
  await eventually(() => {
    const leases = fixture.controls.flatMap((control) => (control.state === 'lost' ? control.lease_ids : []));
    expect(leases).toEqual(expect.arrayContaining(['taken', 'too-late']));
    expect(leases).not.toContain('first');
  });
});

it('publishes a pause again when a node claims something of the task, though task-api died before it published it', async () => {
  const taskId = await fixture.createTask('127.0.0.0/30');
  await send([updateOf(taskId, 0, 'SCANNING')]);
  await eventually(async () => expect((await fixture.store.tasks.getTask(taskId)).status).toBe('RUNNING'));
  // Committed, and not published. No dispatcher repeats it here.
  await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
  await send([updateOf(taskId, 1, 'ASSIGNED')]);
  await eventually(() => expect(fixture.controls).toContainEqual({ task_ids: [taskId], state: 'paused' }));
});

it('applies the updates of a service, and rejects those of a node that calls itself a service', async () => {
  const taskId = await fixture.createTask('127.0.0.0/30', { max_retries: 0 });
  const error_info = { error_code: 'INTERNAL_ERROR', error_message: '' };
  await send([1, 2].map((index) => ({ ...updateOf(taskId, index, 'FAILED'), error_info })));
  const expectProgress = (progress: object) =>
    eventually(async () =>
      expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject(progress),
    );
  await expectProgress({ pending_count: 2, failed_count: 2 });
  const toServiceUpdates = (cancelled: number, retried: number) => {
    const [cancel, retry] = [updateOf(taskId, cancelled, 'CANCELLED'), updateOf(taskId, retried, 'RETRYING')];
    return [cancel, retry].map(({ lease_id: _, ...update }) => update);
  };
  const forged = toServiceUpdates(0, 1);
  for (const sender of [{ operator: 'retry-scheduler' }, { node_id: 'node-1', operator: 'retry-scheduler' }]) {
    await send(forged, sender);
  }
  await publishServiceUpdates(fixture.publisher, 'retry-scheduler', toServiceUpdates(3, 2));
  const refused = { reason: 'not_a_service_update', exchange: EXCHANGES.state.name, content: { updates: forged } };
  await eventually(() => expect(fixture.deadLetters).toMatchObject([refused, refused]));
  await expectProgress({ pending_count: 1, failed_count: 1, cancelled_count: 1, retry_count: 1 });
  expect((await fixture.store.subTasks.getSubTask(`${taskId}-1`)).status).toBe('FAILED');
});

it('takes what a node reports of a task that was deleted while it stood still as stale', async () => {
  const taskId = await fixture.createTask('127.0.0.0/31');
  const { store } = fixture;
  await send([updateOf(taskId, 0, 'SCANNING'), updateOf(taskId, 1, 'ASSIGNED')]);
  await eventually(async () =>
    expect((await store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      assigned_count: 1,
      scanning_count: 1,
    }),
  );
  await store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  const cancelled = [0, 1].map((index) => updateOf(taskId, index, 'CANCELLED'));
  await publishServiceUpdates(fixture.publisher, 'retry-scheduler', cancelled);
  await eventually(async () => expect(await store.tasks.settleTasks([taskId])).toHaveLength(1));
  await store.cleanUp.requestOne(taskId, 'test', new Date());
  expect(await store.cleanUp.beginDeletion(taskId, new Date())).toBe(true);
  await store.taskStates.cleanupExpiredTasks(365);

  const countStale = async () => (await fixture.readCounts('state_updates_total', 'outcome'))['stale'] ?? 0;
  const before = await countStale();
  const error_info = { error_code: 'NODE_LOST', error_message: 'this node stood still' };
  await send([0, 1].map((index) => ({ ...updateOf(taskId, index, 'FAILED'), error_info })));
  await eventually(async () => expect(await countStale()).toBe(before + 2));
  expect(fixture.deadLetters).toEqual([]);
});

it('stops at once while it waits for engines that are not there', async () => {
  const service = createService(toCutOff(fixture.testbed));
  const starting = service.start().catch(() => 'ended');
  await eventually(() => expect(service.port()).toBeGreaterThan(0));
  expect((await fetch(`http://127.0.0.1:${service.port()}/livez`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status).toBe(503);
  await service.stop();
  expect(await starting).toBe('ended');
});
