import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { QUEUES } from '@cyberstroll/contracts';
import { toServiceScript } from '@cyberstroll/local';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  sendUpdates,
  type Testbed,
  testLogger,
  toUpdate,
  toVariables,
  upTo,
} from '@cyberstroll/testkit';
import { configShape as monitorConfigShape } from '../../services/heartbeat-monitor/src/config';
import { createHeartbeatMonitorService } from '../../services/heartbeat-monitor/src/service';
import { configShape as apiConfigShape } from '../../services/task-api/src/config';
import { createTaskApiService } from '../../services/task-api/src/service';

/** Ten thousand updates; each envelope repeats the others', so that to apply them takes no time. */
const ENVELOPES = 20;
const UPDATES_EACH = 500;
const KEY = 'operator-0123456789abcdef';
const QUEUE = QUEUES.stateUpdates;

let testbed: Testbed;
let broker: Broker;
let publisher: Publisher;
let store: Store;
let api: Service;
let monitor: Service;
let updater: ChildProcess;

beforeAll(async () => {
  testbed = await createTestbed();
  const environment = {
    ...toVariables(testbed),
    API_KEYS: `otto:operator:${KEY}`,
  };
  broker = createTestBroker(testbed);
  publisher = broker.createPublisher();
  store = createTestStore(testbed);
  api = createTaskApiService(loadConfig(apiConfigShape, environment), testLogger);
  monitor = createHeartbeatMonitorService(loadConfig(monitorConfigShape, environment), testLogger);
  for (const part of [broker, publisher, store, api, monitor]) await part.start();
  updater = spawn(process.execPath, [toServiceScript('state-updater')], {
    // Without heartbeats: RabbitMQ does not close its connection, however long it is stopped.
    env: { ...process.env, ...environment, LOG_LEVEL: 'silent' },
    stdio: 'ignore',
  });
});
afterAll(async () => {
  updater?.kill('SIGCONT');
  updater?.kill('SIGTERM');
  if (updater?.exitCode === null) await once(updater, 'exit');
  for (const part of [monitor, api, store, publisher, broker]) await part?.stop();
  await testbed?.cleanup();
});

async function post(): Promise<{ status: number; body: { code?: string } }> {
  const response = await fetch(`http://127.0.0.1:${api.port()}/api/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ task_target: '127.0.0.1', task_initiator: 'tester', scan: { ports: '22' } }),
  });
  return { status: response.status, body: (await response.json()) as { code?: string } };
}

it('with the only state-updater stopped, new tasks are refused once updates wait for seconds, and accepted again once it continues', async () => {
  const isMarked = async () => (await store.queueLag.findMarker(new Date()))?.isBack ?? false;
  await eventually(isMarked);
  expect((await post()).status).toBe(201);
  const taskId = await createQueuedTask(store, '127.0.0.0/23');

  updater.kill('SIGSTOP');
  const updates = upTo(UPDATES_EACH).map((index) => toUpdate(taskId, index));
  for (const _ of upTo(ENVELOPES)) await sendUpdates(publisher, updates);
  // All of them are with the updater, which is why the queue's depth says nothing.
  await eventually(async () => expect((await broker.queueDepth(QUEUE.name)).known).toBe(0));
  const refused = await eventually(async () => {
    const answer = await post();
    return answer.status === 429 && answer;
  });
  expect(refused.body).toMatchObject({
    code: 'backlog_full',
    detail: expect.stringMatching(/state updates wait \d+ s/),
  });

  updater.kill('SIGCONT');
  await eventually(async () => (await post()).status === 201);
  await eventually(
    async () => {
      await store.tasks.calculateTaskProgress(taskId);
      const { scanning_count } = (await store.tasks.getStanding(taskId)).snapshot.progress;
      expect(scanning_count).toBe(UPDATES_EACH);
    },
    { timeoutMs: 120_000, intervalMs: 250 },
  );
  expect((await broker.queueDepth(QUEUES.deadLetters.name)).latest).toBe(0);
});
