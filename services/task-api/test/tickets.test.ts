import { toDigest } from '@cyberstroll/access';
import { createTcpProxy, createTestbed, createTestRealtime, type TcpProxy, type Testbed } from '@cyberstroll/testkit';
import { type Api, createApi, newTask, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';

let testbed: Testbed;
let redis: TcpProxy;
let api: Api;
let taskId: string;

beforeAll(async () => {
  testbed = await createTestbed();
  redis = await createTcpProxy(testbed.redis_url);
  testbed.defer(redis.close);
  const service = await testbed.start(createService({ ...testbed, redis_url: redis.url }));
  api = createApi(() => service.port());
  taskId = (await api('POST', '/api/tasks', { body: newTask() })).body.task_id;
});
afterAll(() => testbed?.cleanup());

const ask = (id = taskId) => api('POST', `/api/tasks/${id}/ticket`, { key: KEYS.viewer });

it('gives a viewer a ticket for the task and the key, or for all tasks', async () => {
  const { status, body } = await ask();
  expect([status, body]).toEqual([201, { ticket: expect.stringMatching(/^[\w-]{32}$/), expires_in: 30 }]);
  const realtime = await testbed.start(createTestRealtime(testbed));
  const take = async ({ ticket }: { ticket: string }) => JSON.parse((await realtime.takeTicket(toDigest(ticket)))!);
  const signed = { signed_until: expect.any(Number), signature: expect.any(String) };
  expect(await take(body)).toEqual({ task_id: taskId, key: 'vera', ...signed });
  const forAll = await api('POST', '/api/tickets', { key: KEYS.viewer });
  expect(await take(forAll.body)).toEqual({ key: 'vera', ...signed });
});

it('gives no ticket for an unknown task, and none without Redis', async () => {
  toProblemOf(await ask('0'.repeat(24)), 404, 'task_not_found');
  redis.cut();
  toProblemOf(await ask(), 503, 'redis_unavailable');
  redis.restore();
});
