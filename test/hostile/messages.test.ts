import { QUEUES } from '@cyberstroll/contracts';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { type Component, loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createListener,
  createQueuedTask,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  type Testbed,
  testLogger,
  toVariables,
} from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { configShape } from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';
import { toMessageCases } from './cases/messages';

let testbed: Testbed;
let broker: Broker;
let publisher: Publisher;
let store: Store;
let updater: Service;
let listener: Component;
const deadLetters: string[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  broker = createTestBroker(testbed);
  publisher = broker.createPublisher();
  store = createTestStore(testbed);
  const config = loadConfig(configShape, {
    ...toVariables(testbed),
  });
  updater = createStateUpdaterService(config, testLogger);
  for (const part of [broker, publisher, store, updater]) await part.start();
  listener = createListener({ broker, publisher }, QUEUES.deadLetters, (deadLetter) =>
    deadLetters.push(JSON.stringify(deadLetter)),
  );
  await listener.start();
});
afterAll(async () => {
  for (const part of [updater, listener, store, publisher, broker]) await part?.stop();
  await testbed?.cleanup();
});

it('each hostile message ends in the dead letters with its reason, changes nothing, and costs good updates nothing', async () => {
  const taskId = await createQueuedTask(store, '127.0.0.0/30');
  const cases = toMessageCases(taskId);
  const connection = await connect(testbed.rabbitmq_url);
  const channel = await connection.createConfirmChannel();
  const good = { task_id: taskId, subtask_id: `${taskId}-1`, attempt: 1, lease_id: 'l', status: 'SCANNING' };
  const sender = { node_id: 'node-1', instance_id: 'i-1', sent_time: new Date().toISOString() };
  const { routingKey } = QUEUES.stateUpdates;
  for (const { exchange, body } of cases) channel.publish(exchange, routingKey, body);
  channel.publish(
    'cs.state',
    routingKey,
    Buffer.from(JSON.stringify({ ...sender, updates: [{ ...good, lease_id: {} }, good] })),
  );
  await channel.waitForConfirms();
  await connection.close();

  await eventually(() => expect(deadLetters).toHaveLength(cases.length + 1));
  const wrong = cases.flatMap(({ title, reason }, n) => {
    const found = deadLetters
      .filter((deadLetter) => deadLetter.includes(`case-${n}.`))
      .map((deadLetter) => JSON.parse(deadLetter).reason);
    return found.length === 1 && found[0] === reason ? [] : [`${title}: ${found} instead of ${reason}`];
  });
  expect(wrong).toEqual([]);
  await eventually(async () => {
    await store.tasks.calculateTaskProgress(taskId);
    expect((await store.tasks.getStanding(taskId)).snapshot.progress).toMatchObject({
      pending_count: 3,
      scanning_count: 1,
    });
  });
});
