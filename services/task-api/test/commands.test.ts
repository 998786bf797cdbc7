import {
  EXCHANGES,
  progressSnapshotSchema,
  QUEUES,
  type SubTask,
  subTaskUpdateSchema,
  toSubTaskId,
} from '@cyberstroll/contracts';
import { createBroker, type Delivery, DONE } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import { createGroup } from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import { createTestbed, eventually, type Testbed, testLogger } from '@cyberstroll/testkit';
import { type Api, createApi, createService, newTask, toProblemOf } from './api-client';

/** The service, and beside it what its tests look at and act through: store, broker, realtime. */
async function setup() {
  const testbed = await createTestbed();
  const service = createService(testbed);
  const store = createStore({ uri: testbed.mongodb_uri, instance: 'test', logger: testLogger });
  const broker = createBroker({ url: testbed.rabbitmq_url, name: 'test', logger: testLogger });
  const realtime = createRealtime({ url: testbed.redis_url, prefix: testbed.redis_prefix, logger: testLogger });
  const publisher = broker.createPublisher();
  const seen: { control: Delivery[]; events: Delivery[] } = { control: [], events: [] };
  const listen = (exchange: 'cs.control' | 'cs.events', into: Delivery[]) =>
    broker.createConsumer({
      queue: { exclusiveOn: exchange, routingKey: '#' },
      prefetch: 100,
      publisher,
      logger: testLogger,
      handle: async (delivery) => {
        into.push(delivery);
        return DONE;
      },
    });
  const group = createGroup('test', [
    store,
    broker,
    realtime,
    publisher,
    listen('cs.control', seen.control),
    listen('cs.events', seen.events),
    service,
  ]);
  await group.start();
  // What is told once is missed by who does not listen yet, and by a service that is not connected yet.
  const api = createApi(() => service.port());
  await eventually(async () => {
    for (const exchange of [EXCHANGES.control, EXCHANGES.events]) publisher.tryPublish(exchange.name, 'probe', {});
    expect(Math.min(seen.control.length, seen.events.length)).toBeGreaterThan(0);
    expect((await api('GET', '/readyz')).status).toBe(200);
  });
  return { testbed, group, store, broker, publisher, realtime, seen, api };
}

let context: Awaited<ReturnType<typeof setup>>;
let testbed: Testbed;
let api: Api;
beforeAll(async () => {
  context = await setup();
  ({ testbed, api } = context);
});
afterAll(async () => {
  await context?.group.stop();
  await testbed?.cleanup();
});

/** A task that runs, with these subtasks brought to these statuses by a node. */
async function runningTask(statuses: ('ASSIGNED' | 'SCANNING' | 'COMPLETED' | 'FAILED')[], change: object = {}) {
  const { store } = context;
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask({ config: { max_retries: 0 }, ...change }) }))
    .body;
  await store.taskStates.updateTaskStatus(task_id, 'QUEUED', 'test');
  const outcome = await store.taskStates.batchUpdateSubTasks(
    statuses.map((status, index) => ({
      sender: { node_id: 'node-1', instance_id: 'node-1-a' },
      update: {
        task_id,
        subtask_id: toSubTaskId(task_id, index),
        attempt: 1,
        lease_id: `lease-${index}`,
        status,
        ...(status === 'COMPLETED' && { scan_result: { open_ports: [80], services: [], response_time: 2 } }),
        ...(status === 'FAILED' && { error_info: { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' } }),
      },
    })),
  );
  expect(outcome.results.map(({ outcome: result }) => result)).toEqual(statuses.map(() => 'applied'));
  await store.taskStates.calculateTaskProgress(task_id);
  return task_id as string;
}

describe('pause, resume, cancel', () => {
  it('change the status, under the key’s name, and tell everybody at once', async () => {
    const { realtime, seen } = context;
    const id = await runningTask(['SCANNING']);
    const frames: string[] = [];
    const unsubscribe = await realtime.subscribeProgress(id, (snapshot) => {
      frames.push(progressSnapshotSchema.parse(snapshot).status);
    });

    const paused = await api('POST', `/api/tasks/${id}/pause`, { body: { reason: 'lunch' } });
    expect(paused).toMatchObject({ status: 200, body: { task_id: id, status: 'PAUSED' } });
    const resumed = await api('POST', `/api/tasks/${id}/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { status: 'RUNNING' } });
    const cancelled = await api('POST', `/api/tasks/${id}/cancel`, { body: {} });
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', progress: { estimated_remaining: 0 } },
    });

    const { body } = await api('GET', `/api/tasks/${id}`);
    expect(body.status_history.slice(-3)).toMatchObject([
      { status: 'PAUSED', operator: 'otto', reason: 'lunch' },
      { status: 'RUNNING', operator: 'otto', reason: 'resume by operator' },
      { status: 'CANCELLED', operator: 'otto' },
    ]);
    const ofTask = (deliveries: Delivery[]) =>
      deliveries.filter(({ body: message }) => (message as { task_id: string }).task_id === id);
    await eventually(() => {
      expect(ofTask(seen.control).map(({ body: message }) => (message as { state: string }).state)).toEqual([
        'running',
        'paused',
        'running',
        'ended',
      ]);
      expect(ofTask(seen.events).map(({ routingKey }) => routingKey)).toEqual([
        'task.created',
        'task.paused',
        'task.running',
        'task.cancelled',
      ]);
      expect(frames).toEqual(['PAUSED', 'RUNNING', 'CANCELLED']);
    });
    await unsubscribe();
  });

  it.each([
    ['resume', 'RUNNING', ['pause', 'cancel', 'retry']],
    ['pause', 'CANCELLED', []],
    ['cancel', 'CANCELLED', []],
    ['retry', 'CANCELLED', []],
    ['pause', 'CREATED', ['cancel']],
    ['resume', 'QUEUED', ['cancel']],
  ])('refuse to %s a task that is %s, and say what is allowed', async (command, status, allowed) => {
    const created = (await api('POST', '/api/tasks', { body: newTask() })).body.task_id;
    const id = status === 'RUNNING' ? await runningTask(['SCANNING']) : created;
    if (status === 'CANCELLED') await api('POST', `/api/tasks/${id}/cancel`);
    if (status === 'QUEUED') await context.store.taskStates.updateTaskStatus(id, 'QUEUED', 'test');
    const problem = toProblemOf(await api('POST', `/api/tasks/${id}/${command}`), 409, 'illegal_transition');
    expect(problem.allowed).toEqual(allowed);
    expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe(status);
  });

  it('refuse what they do not know', async () => {
    const unknown = `/api/tasks/${'0'.repeat(24)}`;
    for (const command of ['pause', 'resume', 'cancel', 'retry']) {
      toProblemOf(await api('POST', `${unknown}/${command}`), 404, 'task_not_found');
      const body = { reasons: 'x' };
      expect(toProblemOf(await api('POST', `${unknown}/${command}`, { body }), 422, 'invalid_body').field).toBe(
        'reasons',
      );
    }
  });

  it('end one way when they race', async () => {
    const id = await runningTask(['SCANNING']);
    const commands = ['pause', 'cancel', 'pause', 'cancel'].map((command) =>
      api('POST', `/api/tasks/${id}/${command}`),
    );
    const statuses = (await Promise.all(commands)).map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const { body } = await api('GET', `/api/tasks/${id}`);
    expect(body.status).toBe('CANCELLED');
    expect(body.status_history.filter((entry: { status: string }) => entry.status === 'CANCELLED')).toHaveLength(1);
  });
});

describe('subtasks', () => {
  it('are all in the pages exactly once, the untouched ones too', async () => {
    const id = await runningTask(['COMPLETED', 'FAILED', 'SCANNING'], { task_target: '127.0.0.0/26' });
    const seen: SubTask[] = [];
    let path = `/api/tasks/${id}/subtasks?limit=7`;
    for (let more = true; more; ) {
      const { body } = await api('GET', path);
      seen.push(...body.items);
      more = body.next_cursor !== undefined;
      path = `/api/tasks/${id}/subtasks?limit=7&cursor=${body.next_cursor}`;
    }
    expect(new Set(seen.map(({ subtask_id }) => subtask_id)).size).toBe(64);
    expect(new Set(seen.map(({ ip }) => ip)).size).toBe(64);
    expect(seen).toHaveLength(64);
    expect(seen.filter(({ status }) => status === 'PENDING')).toHaveLength(61);
    expect(seen[0]).toMatchObject({ status: 'COMPLETED', assigned_node: 'node-1', scan_result: { open_ports: [80] } });
    expect(seen.every((subTask) => !('lease_id' in subTask))).toBe(true);

    const failed = (await api('GET', `/api/tasks/${id}/subtasks?status=FAILED`)).body;
    expect(failed.items.map(({ index }: SubTask) => index)).toEqual([1]);
    expect((await api('GET', `/api/tasks/${id}/subtasks/${failed.items[0].subtask_id}`)).body).toEqual(failed.items[0]);
    const untouched = await api('GET', `/api/tasks/${id}/subtasks/${id}-63`);
    expect(untouched.body).toMatchObject({ status: 'PENDING', attempt: 0 });
    toProblemOf(await api('GET', `/api/tasks/${id}/subtasks/${id}-64`), 404, 'subtask_not_found');
    toProblemOf(await api('GET', `/api/tasks/${id}/subtasks/${'0'.repeat(24)}-1`), 404, 'subtask_not_found');

    const progress = (await api('GET', `/api/tasks/${id}`)).body.progress;
    expect(progress).toMatchObject({ completed_count: 1, failed_count: 1, scanning_count: 1, pending_count: 61 });
  });
});

describe('retry', () => {
  /** What arrives on the updaters' queue while `act` runs. */
  async function updatesOf(act: () => Promise<unknown>) {
    const { broker, publisher } = context;
    const envelopes: { operator: string; updates: unknown[] }[] = [];
    const consumer = broker.createConsumer({
      queue: QUEUES.stateUpdates,
      prefetch: 10,
      publisher,
      logger: testLogger,
      handle: async ({ body }) => {
        envelopes.push(body as (typeof envelopes)[number]);
        return DONE;
      },
    });
    await act();
    await consumer.start();
    await eventually(() => envelopes.length > 0);
    await consumer.stop();
    return envelopes;
  }

  it('takes an ended task up again and sends its failed subtasks back, confirmed', async () => {
    const id = await runningTask(['FAILED', 'FAILED'], { task_target: '127.0.0.0/31' });
    expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('FAILED');
    const envelopes = await updatesOf(async () => {
      const answer = await api('POST', `/api/tasks/${id}/retry`, { body: { reason: 'again' } });
      expect(answer).toMatchObject({ status: 200, body: { task_id: id, retried: 2 } });
    });
    expect(envelopes).toMatchObject([{ operator: 'otto' }]);
    const updates = envelopes[0]!.updates.map((update) => subTaskUpdateSchema.parse(update));
    expect(updates.map(({ subtask_id, attempt, status }) => [subtask_id, attempt, status])).toEqual([
      [`${id}-0`, 1, 'RETRYING'],
      [`${id}-1`, 1, 'RETRYING'],
    ]);
    expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('RUNNING');

    const { results } = await context.store.taskStates.batchUpdateSubTasks(
      updates.map((update) => ({ sender: { operator: 'otto' }, update })),
    );
    expect(results).toEqual([{ outcome: 'applied' }, { outcome: 'applied' }]);
  });

  it('retries one subtask, and none that did not fail', async () => {
    const id = await runningTask(['FAILED', 'SCANNING', 'COMPLETED']);
    const envelopes = await updatesOf(async () => {
      const answer = await api('POST', `/api/tasks/${id}/subtasks/${id}-0/retry`);
      expect(answer).toMatchObject({ status: 200, body: { task_id: id, subtask_id: `${id}-0`, retried: 1 } });
    });
    expect(envelopes.flatMap(({ updates }) => updates)).toMatchObject([{ subtask_id: `${id}-0`, status: 'RETRYING' }]);
    for (const index of [1, 2, 3]) {
      const refused = await api('POST', `/api/tasks/${id}/subtasks/${id}-${index}/retry`);
      expect(toProblemOf(refused, 409, 'illegal_transition').allowed).toEqual(['FAILED', 'TIMEOUT']);
    }
  });

  it('of one subtask lets a task that failed by its threshold go on, and not end again by what had failed before', async () => {
    const config = { max_retries: 0, error_threshold: 1 };
    const id = await runningTask(['FAILED', 'FAILED', 'FAILED'], { task_target: '127.0.0.0/28', config });
    expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('FAILED');
    const envelopes = await updatesOf(() => api('POST', `/api/tasks/${id}/subtasks/${id}-0/retry`));
    const updates = envelopes.flatMap((envelope) =>
      envelope.updates.map((update) => subTaskUpdateSchema.parse(update)),
    );
    const { taskStates } = context.store;
    await taskStates.batchUpdateSubTasks(updates.map((update) => ({ sender: { operator: 'otto' }, update })));
    expect((await taskStates.calculateTaskProgress(id)).snapshot.status).toBe('RUNNING');
    const scanned = (index: number, attempt: number, status: 'COMPLETED' | 'FAILED') => ({
      sender: { node_id: 'node-1', instance_id: 'node-1-a' },
      update: {
        ...{ task_id: id, subtask_id: toSubTaskId(id, index), attempt, lease_id: `again-${index}`, status },
        ...(status === 'FAILED' && { error_info: { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' } }),
      },
    });
    await taskStates.batchUpdateSubTasks([
      scanned(0, 2, 'COMPLETED'),
      scanned(3, 1, 'FAILED'),
      scanned(4, 1, 'FAILED'),
    ]);
    expect((await taskStates.calculateTaskProgress(id)).snapshot.status).toBe('RUNNING');
    await taskStates.batchUpdateSubTasks([scanned(5, 1, 'FAILED')]);
    expect((await taskStates.calculateTaskProgress(id)).snapshot.status).toBe('FAILED');
  });
});
