import { randomUUID } from 'node:crypto';
import {
  type Control,
  createTaskBodySchema,
  type DeadLetter,
  type Event,
  EXCHANGES,
  type ExchangeName,
  type ProgressSnapshot,
  QUEUES,
  type SubTaskUpdate,
  toQueueMarker,
} from '@cyberstroll/contracts';
import { type Broker, type Delivery, DONE, type Publisher, publishServiceUpdates } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import { type Component, createGroup, loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { parseTargets } from '@cyberstroll/targets';
import {
  callManagement,
  createTestBroker,
  createTestbed,
  createTestRealtime,
  createTestStore,
  eventually,
  sendOut,
  type Testbed,
  testLogger,
} from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createStateUpdaterService } from '../src/service';

let testbed: Testbed;
let store: Store;
let broker: Broker;
let realtime: Realtime;
let publisher: Publisher;
let services: Service[];
let around: Component;
const deadLetters: Delivery[] = [];
const events: Event[] = [];
const controls: Control[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  store = createTestStore(testbed);
  broker = createTestBroker(testbed);
  realtime = createTestRealtime(testbed);
  publisher = broker.createPublisher();
  const collect =
    <T>(into: T[], take: (delivery: Delivery) => T) =>
    async (delivery: Delivery) => {
      into.push(take(delivery));
      return DONE;
    };
  around = createGroup('test', [
    store,
    broker,
    realtime,
    publisher,
    broker.createConsumer({
      queue: QUEUES.deadLetters,
      prefetch: 100,
      handle: collect(deadLetters, (delivery) => delivery),
      publisher,
      logger: testLogger,
    }),
    broker.createConsumer({
      queue: { exclusiveOn: EXCHANGES.events.name, routingKey: '#' },
      prefetch: 100,
      handle: collect(events, ({ body }) => body as Event),
      publisher,
      logger: testLogger,
    }),
    broker.createConsumer({
      queue: { exclusiveOn: EXCHANGES.control.name },
      prefetch: 100,
      handle: collect(controls, ({ body }) => body as Control),
      publisher,
      logger: testLogger,
    }),
  ]);
  await around.start();
  services = ['updater-1', 'updater-2'].map((INSTANCE_ID) =>
    createStateUpdaterService(
      loadConfig(configShape, {
        INSTANCE_ID,
        RABBITMQ_URL: testbed.rabbitmq_url,
        MONGODB_URI: testbed.mongodb_uri,
        REDIS_URL: testbed.redis_url,
        REDIS_PREFIX: testbed.redis_prefix,
      }),
      testLogger,
    ),
  );
  await Promise.all(services.map((service) => service.start()));
});

afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.stop()));
  await around?.stop();
  await testbed?.cleanup();
});

async function queuedTask(target: string, config: object = {}): Promise<string> {
  const body = createTaskBodySchema.parse({
    ...{ task_target: target, task_initiator: 'tester', scan: { ports: '80' } },
    config,
  });
  const { task } = await store.taskStates.createTask({ ...body, targets: parseTargets(target) });
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test');
  await sendOut(store, task.task_id);
  return task.task_id;
}

const updateOf = (
  taskId: string,
  index: number,
  status: SubTaskUpdate['status'],
  lease_id = `lease-${index}`,
): SubTaskUpdate => ({
  task_id: taskId,
  subtask_id: `${taskId}-${index}`,
  attempt: 1,
  lease_id,
  status,
});

const send = (
  updates: unknown[],
  sender: object = { node_id: 'node-1', instance_id: 'i' },
  exchange: ExchangeName = EXCHANGES.state.name,
) =>
  publisher.publish(exchange, QUEUES.stateUpdates.routingKey, {
    ...sender,
    sent_time: new Date().toISOString(),
    updates,
  });

it('takes a task through to its end, by two updaters, with every repeat harmless', async () => {
  const taskId = await queuedTask('127.0.0.0/25');
  const seen: ProgressSnapshot[] = [];
  const unsubscribe = await realtime.subscribeProgress(taskId, (snapshot) => seen.push(snapshot));
  const indexes = Array.from({ length: 128 }, (_, index) => index);
  for (const status of ['ASSIGNED', 'SCANNING', 'COMPLETED', 'COMPLETED'] as const) {
    for (let first = 0; first < 128; first += 16)
      await send(indexes.slice(first, first + 16).map((index) => updateOf(taskId, index, status)));
  }
  await eventually(() =>
    expect(seen.at(-1)).toMatchObject({
      status: 'COMPLETED',
      progress: { completed_count: 128, progress_percentage: 100 },
    }),
  );
  expect(seen.map(({ seq }) => seq)).toEqual([...new Set(seen.map(({ seq }) => seq))].sort((a, b) => a - b));
  await unsubscribe();
  const { status_history } = await store.taskStates.getTaskStatus(taskId);
  expect(status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
  await eventually(() => {
    const types = events.filter((event) => event.task_id === taskId).map((event) => event.type);
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

it('notes a marker of a service when all before it is applied, counts none of it, and takes none from a node', async () => {
  const sent = new Date();
  const read = async (name: string) =>
    (await Promise.all(services.map((service) => service.metrics.getSingleMetricAsString(name)))).join();
  const lagBefore = await read('cyberstroll_update_lag_seconds');
  await publisher.publish(
    EXCHANGES.serviceUpdates.name,
    QUEUES.stateUpdates.routingKey,
    toQueueMarker('monitor', sent),
  );
  await store.queueLag.noteMarker(QUEUES.stateUpdates.name, {
    ...{ sinceTime: sent, lagSeconds: 0, expires: new Date(Date.now() + 60_000) },
  });
  const isBack = async () => (await store.queueLag.findMarker(QUEUES.stateUpdates.name, new Date()))?.isBack;
  await eventually(async () => expect(await isBack()).toBe(true));
  expect(await read('cyberstroll_update_lag_seconds')).toBe(lagBefore);

  const forged = new Date(sent.getTime() + 5_000);
  await store.queueLag.noteMarker(QUEUES.stateUpdates.name, {
    ...{ sinceTime: forged, lagSeconds: 0, expires: new Date(Date.now() + 60_000) },
  });
  await publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, toQueueMarker('monitor', forged));
  await eventually(() =>
    expect(deadLetters.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ content: toQueueMarker('monitor', forged) }),
    ),
  );
  deadLetters.length = 0;
  expect(await isBack()).toBe(false);
});

it('publishes to nodes and listeners at once, and why, that too many failures have ended a task', async () => {
  const taskId = await queuedTask('127.0.0.0/28', { max_retries: 0, error_threshold: 1 });
  const error_info = { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' };
  await send([0, 1].map((index) => ({ ...updateOf(taskId, index, 'FAILED'), error_info })));
  await eventually(() => expect(controls).toContainEqual({ task_id: taskId, state: 'ended' }));
  await eventually(() =>
    expect(events).toContainEqual(
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
  const taskId = await queuedTask('127.0.0.0/30');
  await send([updateOf(taskId, 0, 'SCANNING', 'taken'), updateOf(taskId, 1, 'SCANNING', 'first')]);
  await eventually(async () => {
    expect((await store.subTasks.getSubTask(`${taskId}-1`)).status).toBe('SCANNING');
  });
  await send([updateOf(taskId, 1, 'ASSIGNED', 'too-late')], { node_id: 'node-2', instance_id: 'j' });
  const lost = { error_info: { error_code: 'NODE_LOST', error_message: 'silent' } };
  await publishServiceUpdates(publisher, 'heartbeat-monitor', [{ ...updateOf(taskId, 0, 'FAILED', 'taken'), ...lost }]);
  await eventually(() => {
    const leases = controls.flatMap((control) => (control.state === 'lost' ? control.lease_ids : []));
    expect(leases).toEqual(expect.arrayContaining(['taken', 'too-late']));
    expect(leases).not.toContain('first');
  });
});

it('applies the updates of a service, and rejects those of a node that calls itself a service', async () => {
  const taskId = await queuedTask('127.0.0.0/30', { max_retries: 0 });
  const error_info = { error_code: 'INTERNAL_ERROR', error_message: '' };
  await send([1, 2].map((index) => ({ ...updateOf(taskId, index, 'FAILED'), error_info })));
  const expectProgress = (progress: object) =>
    eventually(async () => expect(await store.taskStates.getTaskProgress(taskId)).toMatchObject(progress));
  await expectProgress({ pending_count: 2, failed_count: 2 });
  const toServiceUpdates = (cancelled: number, retried: number) => {
    const [cancel, retry] = [updateOf(taskId, cancelled, 'CANCELLED'), updateOf(taskId, retried, 'RETRYING')];
    return [cancel, retry].map(({ lease_id: _, ...update }) => update);
  };
  const forged = toServiceUpdates(0, 1);
  for (const sender of [{ operator: 'retry-scheduler' }, { node_id: 'node-1', operator: 'retry-scheduler' }]) {
    await send(forged, sender);
  }
  await publishServiceUpdates(publisher, 'retry-scheduler', toServiceUpdates(3, 2));
  const refused = { reason: 'not_a_service_update', exchange: EXCHANGES.state.name, content: { updates: forged } };
  await eventually(() => expect(deadLetters.map(({ body }) => body as DeadLetter)).toMatchObject([refused, refused]));
  deadLetters.length = 0;
  await expectProgress({ pending_count: 1, failed_count: 1, cancelled_count: 1, retry_count: 1 });
  expect((await store.subTasks.getSubTask(`${taskId}-1`)).status).toBe('FAILED');
});

it('sends each bad update to the dead letters with its reason, and applies the rest of its envelope', async () => {
  const taskId = await queuedTask('127.0.0.0/30');
  const unknownTask = randomUUID().replaceAll('-', '').slice(0, 24);
  await send([
    updateOf(taskId, 0, 'COMPLETED'),
    { ...updateOf(taskId, 1, 'COMPLETED'), status: 'FINISHED' },
    updateOf(taskId, 77, 'COMPLETED'),
    updateOf(unknownTask, 0, 'COMPLETED'),
    { ...updateOf(taskId, 0, 'FAILED'), error_info: { error_code: 'INTERNAL_ERROR', error_message: '' } },
  ]);
  await eventually(async () =>
    expect(await store.taskStates.getTaskProgress(taskId)).toMatchObject({ completed_count: 1, pending_count: 3 }),
  );
  await eventually(() => {
    const reasons = deadLetters
      .map(({ body }) => body as { reason: string; sender: string })
      .map(({ reason, sender }) => [reason, sender]);
    expect(reasons.sort()).toEqual(
      ['bad_field', 'illegal_transition', 'outside_target_set', 'unknown_task'].map((reason) => [reason, 'node-1']),
    );
  });
});

it('refuses alone and at once what is nested too deeply, and applies what is beside it in the envelope', async () => {
  deadLetters.length = 0;
  const taskId = await queuedTask('127.0.0.0/29');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const [first, second, odd] = [0, 1, 2].map((index) => JSON.stringify(updateOf(taskId, index, 'COMPLETED')));
  const parts = [first, deep, odd!.replace('{', `{"mood":${deep},`), second];
  const envelope = `{"node_id":"node-1","sent_time":"2026-01-01T00:00:00Z","updates":[${parts}]}`;
  const { rabbitmq_management_url: url, vhost } = testbed;
  for (const text of [...Array.from({ length: 20 }, () => deep), envelope]) {
    const payload = { payload: text, payload_encoding: 'string', properties: {} };
    const path = `/api/exchanges/${vhost}/${EXCHANGES.state.name}/publish`;
    await callManagement(url, 'POST', path, { routing_key: QUEUES.stateUpdates.routingKey, ...payload });
  }
  await eventually(async () =>
    expect(await store.taskStates.getTaskProgress(taskId)).toMatchObject({ completed_count: 2, pending_count: 6 }),
  );
  await eventually(() => expect(deadLetters).toHaveLength(22));
  const kept = deadLetters.map(({ body }) => body as DeadLetter);
  // None of them is a handler's failure: nothing was thrown, nothing tried again.
  expect(new Set(kept.map(({ reason }) => reason))).toEqual(new Set(['too_deep']));
  for (const { content } of kept) expect(String(content).length).toBeLessThanOrEqual(64 * 1024);
  expect(kept.filter(({ sender }) => sender === 'node-1')).toHaveLength(2);
});

it('counts every update as applied, duplicate, stale or rejected', async () => {
  const count = async () => {
    const texts = await Promise.all(
      services.map(async (service) => (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text()),
    );
    const lines = texts.flatMap((text) =>
      text.split('\n').filter((line) => line.startsWith('cyberstroll_state_updates_total{')),
    );
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const before = await count();
  const taskId = await queuedTask('127.0.0.0/29');
  await send([0, 0, 1, 99].map((index) => updateOf(taskId, index, 'COMPLETED')));
  await send([updateOf(taskId, 1, 'COMPLETED', 'another-lease')]);
  await eventually(async () => expect((await count()) - before).toBe(5));
});

it('is ready while its engines answer', async () => {
  const response = await fetch(`http://127.0.0.1:${services[0]!.port()}/readyz`);
  expect([response.status, await response.json()]).toEqual([
    200,
    { status: 'ok', checks: { mongodb: 'ok', rabbitmq: 'ok', redis: 'ok', updates: 'ok' } },
  ]);
});

it('stops at once while it waits for engines that are not there', async () => {
  const service = createStateUpdaterService(
    loadConfig(configShape, {
      RABBITMQ_URL: 'amqp://127.0.0.1:1',
      MONGODB_URI: 'mongodb://127.0.0.1:1/none',
      REDIS_URL: 'redis://127.0.0.1:1',
    }),
    testLogger,
  );
  const starting = service.start().catch(() => 'ended');
  await eventually(() => expect(service.port()).toBeGreaterThan(0));
  expect((await fetch(`http://127.0.0.1:${service.port()}/livez`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status).toBe(503);
  await service.stop();
  expect(await starting).toBe('ended');
});
