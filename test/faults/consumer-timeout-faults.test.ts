import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { removeFolder } from '@cyberstroll/local';
import { type Broker, type Publisher, sendControl } from '@cyberstroll/messaging';
import { createGroup, loadConfig } from '@cyberstroll/runtime';
import { createScannerNode } from '@cyberstroll/scanner-sdk';
import type { Store } from '@cyberstroll/store';
import { parseScope } from '@cyberstroll/targets';
import {
  callManagement,
  createJob,
  createListener,
  createQueuedTask,
  createTcpProxy,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  sendUpdates,
  type TcpProxy,
  type Testbed,
  testLogger,
  toUpdate,
  upTo,
} from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { createRabbitmqEngine, type RabbitmqEngine } from '../../deploy/local/src/engines/rabbitmq';
import { configShape } from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';

/** A consumer gives back after five sixths of it: the last sixth is longer than this process may stand still. */
const CONSUMER_TIMEOUT_MS = 42_000;
const ENVELOPES = 40;
const QUEUE = QUEUES.stateUpdates;

const dir = mkdtempSync(join(tmpdir(), 'consumer-timeout-'));
let rabbitmq: RabbitmqEngine;
let testbed: Testbed;
let mongodb: TcpProxy;
let broker: Broker;
let publisher: Publisher;
let repeating: NodeJS.Timeout;
let store: Store;

beforeAll(async () => {
  rabbitmq = await createRabbitmqEngine(dir);
  [testbed] = await Promise.all([createTestbed(), rabbitmq.start()]);
  // A channel takes both when it is opened.
  const settings = `consumer_timeout, ${CONSUMER_TIMEOUT_MS}), application:set_env(rabbit, channel_tick_interval, 200`;
  await rabbitmq.control(['eval', `application:set_env(rabbit, ${settings}).`]);
  mongodb = await createTcpProxy(testbed.mongodb_uri);
  broker = createTestBroker({ rabbitmq_url: rabbitmq.url }, 'test');
  publisher = broker.createPublisher();
  store = createTestStore(testbed);
  for (const part of [broker, publisher, store]) await part.start();
  // As a dispatcher does: without it a node begins nothing.
  const repeat = () => sendControl(publisher, { state: 'repeated', within_ms: 0, server_time: Date.now() });
  repeating = setInterval(repeat, 500);
});
afterAll(async () => {
  clearInterval(repeating);
  for (const part of [store, publisher, broker]) await part?.stop();
  await mongodb?.close();
  await rabbitmq?.stop();
  await testbed?.cleanup();
  await removeFolder(dir);
});

/** Takes a message and never acks it, until RabbitMQ closes the channel over it. */
async function waitForTimeout() {
  const model = await connect(rabbitmq.url);
  // RabbitMQ may close the channel once more before it has our answer: then the client ends the connection.
  model.on('error', () => undefined);
  const channel = await model.createChannel();
  const closed = new Promise<Error>((resolve) => channel.on('error', resolve));
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.consume(queue, () => undefined);
  channel.sendToQueue(queue, Buffer.from('held'));
  expect((await closed).message).toContain('PRECONDITION_FAILED');
  await model.close().catch(() => undefined);
}

/** Messages ready, whoever takes them. */
const depthOf = async (queue: string) => (await broker.queueDepth(queue)).known;

it('a database away and a node without a free slot for longer than consumer_timeout: each message goes back once, none is dead', async () => {
  const updater = createStateUpdaterService(
    loadConfig(configShape, {
      RABBITMQ_URL: rabbitmq.url,
      MONGODB_URI: mongodb.url,
      REDIS_URL: testbed.redis_url,
      REDIS_PREFIX: testbed.redis_prefix,
      RABBITMQ_CONSUMER_TIMEOUT_MS: String(CONSUMER_TIMEOUT_MS),
    }),
    testLogger,
  );
  let endScan = () => {};
  const node = createScannerNode({
    rabbitmqUrl: rabbitmq.url,
    nodeId: 'full',
    capacity: 1,
    scope: parseScope('127.0.0.0/8'),
    logger: testLogger,
    consumerTimeoutMs: CONSUMER_TIMEOUT_MS,
    scan: () =>
      new Promise((resolve) => {
        endScan = () => resolve({ open_ports: [], services: [], response_time: 0 });
      }),
  });
  const parts = createGroup('parts', [updater, node]);
  const deadLetters: unknown[] = [];
  const listener = createListener({ broker, publisher }, QUEUES.deadLetters, (body) => deadLetters.push(body));
  await listener.start();
  // The node waits for it, and no monitor runs.
  await broker.declareJobQueue('default');
  await parts.start();
  // A second return would be one too many.
  await callManagement(rabbitmq.management_url, 'PUT', '/api/policies/%2F/once', {
    pattern: '^cs\\.(state|jobs)\\.',
    definition: { 'delivery-limit': 1 },
    'apply-to': 'queues',
  });
  const taskId = await createQueuedTask(store, '127.0.0.0/26');
  const jobs = toJobQueue('default').name;
  for (const ip of ['127.0.1.1', '127.0.1.2', '127.0.1.3']) {
    const task_id = await createQueuedTask(store, ip);
    const subtasks = [{ subtask_id: `${task_id}-0`, ip, attempt: 1 }];
    await publisher.publish(
      EXCHANGES.jobs.name,
      'default',
      createJob(1, { task_id, subtasks, subtask_timeout: 3_600 }),
    );
  }
  await eventually(() => expect(node.stats().running).toBe(1));

  mongodb.cut();
  for (const index of upTo(ENVELOPES)) await sendUpdates(publisher, [toUpdate(taskId, index)]);
  await eventually(async () => expect([await depthOf(QUEUE.name), await depthOf(jobs)]).toEqual([0, 0]));
  // Longer than any of them was held.
  await waitForTimeout();
  // Given back, and nobody takes it.
  await eventually(async () => {
    expect(await depthOf(jobs)).toBe(2);
    expect(await depthOf(QUEUE.name)).toBeGreaterThanOrEqual(ENVELOPES);
  });

  mongodb.restore();
  await eventually(
    async () => {
      await store.tasks.calculateTaskProgress(taskId);
      expect((await store.tasks.getStanding(taskId)).snapshot.progress.scanning_count).toBe(ENVELOPES);
    },
    { timeoutMs: 180_000 },
  );
  for (let scans = 1; scans <= 3; scans++) {
    await eventually(() => expect(node.stats()).toMatchObject({ running: 1, completed: scans - 1 }));
    endScan();
  }
  await eventually(() => expect(node.stats()).toMatchObject({ claimed: 3, completed: 3 }));
  await eventually(async () => expect([await depthOf(QUEUE.name), await depthOf(jobs)]).toEqual([0, 0]));
  expect(deadLetters).toEqual([]);
  await parts.stop();
  await listener.stop();
}, 600_000);
