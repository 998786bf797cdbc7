import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { DONE } from '@cyberstroll/messaging';
import { createGroup } from '@cyberstroll/runtime';
import {
  type AmqpProxy,
  createAmqpProxy,
  createTestBroker,
  createTestbed,
  eventually,
  type Testbed,
  testLogger,
} from '@cyberstroll/testkit';
import { type Api, createApi, newTask, toProblemOf } from './api-client';
import { createService } from './create-service';

let testbed: Testbed;
let proxy: AmqpProxy;
let api: Api;

beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createAmqpProxy(testbed.rabbitmq_url);
  testbed.defer(proxy.close);
  const service = await testbed.start(createService(testbed, { MAX_BACKLOG: '2', RABBITMQ_URL: proxy.url }));
  api = createApi(() => service.port());
});
afterAll(() => testbed?.cleanup());

it('refuses only new tasks while too many updates wait, also while the depth is unknown, and accepts them again after the updates are applied', async () => {
  const once = { body: newTask(), headers: { 'idempotency-key': 'once' } };
  const before = await api('POST', '/api/tasks', once);
  expect(before.status).toBe(201);

  const broker = createTestBroker(testbed, 'node');
  const publisher = broker.createPublisher();
  const consumer = broker.createConsumer({
    queue: QUEUES.stateUpdates,
    prefetch: 10,
    handle: async () => DONE,
    publisher,
    logger: testLogger,
  });
  const link = createGroup('node', [broker, publisher]);
  await link.start();
  try {
    for (let i = 0; i < 3; i++) {
      await publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, { waits: i });
    }
    const refused = await eventually(async () => {
      const answer = await api('POST', '/api/tasks', { body: newTask() });
      return answer.status === 429 && answer;
    });
    expect(toProblemOf(refused, 429, 'backlog_full')).toMatchObject({ limit: 2 });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    // A leader that does not answer is no empty queue, however often it is asked.
    proxy.hideDepths();
    const looks = proxy.countMethods('queue.declare');
    await eventually(async () => {
      expect((await api('POST', '/api/tasks', { body: newTask() })).status).toBe(429);
      return looks.count >= 3;
    });
    proxy.showDepths();

    const repeated = await api('POST', '/api/tasks', once);
    expect([repeated.status, repeated.body.task_id]).toEqual([200, before.body.task_id]);
    const path = `/api/tasks/${before.body.task_id}`;
    expect((await api('GET', path)).status).toBe(200);
    expect((await api('POST', `${path}/cancel`)).status).toBe(200);

    await consumer.start();
    await eventually(async () => expect((await api('POST', '/api/tasks', { body: newTask() })).status).toBe(201));
  } finally {
    await consumer.stop();
    await link.stop();
  }
});
