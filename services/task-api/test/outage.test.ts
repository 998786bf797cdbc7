import {
  createTcpProxy,
  createTestbed,
  eventually,
  forgeReply,
  type TcpProxy,
  type Testbed,
} from '@cyberstroll/testkit';
import { type Api, createApi, newTask, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';

let testbed: Testbed;
let proxies: Record<'mongodb' | 'rabbitmq' | 'redis', TcpProxy>;
let service: ReturnType<typeof createService>;
let api: Api;
/** It answers within 8 s: for calls that no answer of MongoDB ends. */
let hasty: ReturnType<typeof createService>;
let hastyApi: Api;

beforeAll(async () => {
  testbed = await createTestbed();
  proxies = {
    mongodb: await createTcpProxy(testbed.mongodb_uri),
    rabbitmq: await createTcpProxy(testbed.rabbitmq_url),
    redis: await createTcpProxy(testbed.redis_url),
  };
  const urls = { mongodb_uri: proxies.mongodb.url, rabbitmq_url: proxies.rabbitmq.url, redis_url: proxies.redis.url };
  service = createService({ ...testbed, ...urls });
  hasty = createService({ ...testbed, ...urls }, { ANSWER_WITHIN_MS: '8000' });
  await Promise.all([service.start(), hasty.start()]);
  api = createApi(() => service.port());
  hastyApi = createApi(() => hasty.port());
});
afterAll(async () => {
  await Promise.all([service?.stop(), hasty?.stop()]);
  await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
  await testbed?.cleanup();
});

const askReadiness = async (ask = api) => {
  const { status, body } = await ask('GET', '/readyz', { key: null });
  return [status, body.status];
};
const isReady = async () => (await askReadiness())[1] === 'ok';
const UNAVAILABLE = [503, 'unavailable'];
/** As a Service or an Ingress reads it: requests still come here. */
const DEGRADED = [200, 'degraded'];

it('answers 503 with Retry-After while MongoDB is away, never hangs, and works again when it is back', async () => {
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
  proxies.mongodb.cut();
  const calls = [
    hastyApi('GET', `/api/tasks/${task_id}`),
    hastyApi('GET', '/api/tasks'),
    hastyApi('POST', '/api/tasks', { body: newTask() }),
    hastyApi('POST', `/api/tasks/${task_id}/cancel`),
  ];
  // Each while it is away still.
  for (const answer of await Promise.all(calls)) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    toProblemOf(answer, 503, answer.body.code);
  }
  expect(await askReadiness(hastyApi)).toEqual(UNAVAILABLE);
  expect((await hastyApi('GET', '/livez', { key: null })).status).toBe(200);

  proxies.mongodb.restore();
  await eventually(async () => (await hastyApi('GET', `/api/tasks/${task_id}`)).status === 200);
  await eventually(async () => (await askReadiness(hastyApi))[1] === 'ok');
  await eventually(isReady);
});

it('answers 503 with Retry-After for every temporary error of MongoDB, and 500 for its data errors', async () => {
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
  const ask = {
    find: () => api('GET', `/api/tasks/${task_id}`),
    insert: () => api('POST', '/api/tasks', { body: newTask() }),
    update: () => api('POST', `/api/tasks/${task_id}/cancel`),
  };
  for (const [command, call] of Object.entries(ask)) {
    for (const code of [365, 388, 133, 202, 64, 371, 13, 18, 391, 8_000, 499]) {
      const refused = forgeReply(proxies.mongodb, { code }, { of: [command] });
      const answer = await call();
      refused.end();
      expect([command, code, answer.status, answer.headers.get('retry-after')]).toEqual([command, code, 503, '2']);
      toProblemOf(answer, 503, 'mongodb_unavailable');
    }
  }
  const refused = forgeReply(proxies.mongodb, { code: 121, as: 'write' }, { of: ['insert'] });
  toProblemOf(await ask.insert(), 500, 'internal_error');
  refused.end();
  await eventually(isReady);
});

it('carries out no command that cannot be written to the audit log, and each whose outcome cannot', async () => {
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
  const refuse = (command: string) =>
    forgeReply(
      proxies.mongodb,
      { code: 133 },
      { of: ({ name, collection }) => name === command && collection === 'audit_log' },
    );
  const noEntry = refuse('insert');
  toProblemOf(await api('POST', `/api/tasks/${task_id}/cancel`), 503, 'mongodb_unavailable');
  noEntry.end();
  expect((await api('GET', `/api/tasks/${task_id}`)).body.status).toBe('CREATED');

  const noOutcome = refuse('update');
  expect((await api('POST', `/api/tasks/${task_id}/cancel`)).body).toMatchObject({ status: 'CANCELLED' });
  noOutcome.end();
  const { items } = (await api('GET', `/api/audit?task_id=${task_id}`, { key: KEYS.admin })).body;
  expect(items.map(({ operation }: { operation: string }) => operation)).toEqual(['cancelTask', 'createTask']);
  expect(items[0]).toMatchObject({ operation: 'cancelTask', operator: 'otto' });
  expect(items[0]).not.toHaveProperty('status');
});

it.each(['redis', 'rabbitmq'] as const)('is ready, and creates and shows tasks while %s is away', async (engine) => {
  // A slow MongoDB may be the reason of a 503: a client asks again.
  const ask = (method: string, path: string, body?: object) =>
    eventually(async () => {
      const answer = await api(method, path, body && { body });
      return answer.status !== 503 && answer;
    });
  proxies[engine].cut();
  try {
    await eventually(async () => expect(await askReadiness()).toEqual(DEGRADED));
    const created = await ask('POST', '/api/tasks', newTask());
    expect(created.status).toBe(201);
    const path = `/api/tasks/${created.body.task_id}`;
    expect((await ask('GET', `${path}/progress`)).body).toMatchObject({ status: 'CREATED' });
    const { waiting_reason } = (await ask('GET', path)).body;
    expect(waiting_reason).toMatchObject({ code: engine === 'rabbitmq' ? 'dependency_down' : 'not_queued' });
    expect((await ask('POST', `${path}/cancel`)).body).toMatchObject({ status: 'CANCELLED' });
    expect(await askReadiness()).toEqual(DEGRADED);
  } finally {
    proxies[engine].restore();
    await eventually(isReady);
  }
});

it('starts without Redis and RabbitMQ, and creates a task', async () => {
  proxies.redis.cut();
  proxies.rabbitmq.cut();
  const alone = createService({ ...testbed, rabbitmq_url: proxies.rabbitmq.url, redis_url: proxies.redis.url });
  const starting = alone.start().catch(() => undefined);
  try {
    const ask = createApi(() => alone.port());
    await eventually(async () => expect((await ask('GET', '/readyz')).body.checks).toMatchObject({ mongodb: 'ok' }));
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'degraded' } });
    expect((await ask('POST', '/api/tasks', { body: newTask() })).status).toBe(201);
  } finally {
    await alone.stop();
    await starting;
    proxies.redis.restore();
    proxies.rabbitmq.restore();
    await eventually(isReady);
  }
});

describe('a backing service that hangs', () => {
  afterEach(async () => {
    for (const proxy of Object.values(proxies)) proxy.releaseReplies();
    await eventually(isReady);
  });

  it('MongoDB: every call is answered 503 with Retry-After', async () => {
    const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
    proxies.mongodb.holdReplies();
    const answers = await Promise.all([
      hastyApi('GET', `/api/tasks/${task_id}`),
      hastyApi('GET', '/api/statistics'),
      hastyApi('POST', '/api/tasks', { body: newTask() }),
      hastyApi('POST', `/api/tasks/${task_id}/cancel`),
    ]);
    for (const answer of answers) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      // Which limit is over first, the request's or the driver's.
      expect(['no_answer_in_time', 'mongodb_unavailable']).toContain(answer.body.code);
      toProblemOf(answer, 503, answer.body.code);
    }
  });

  it.each(['rabbitmq', 'redis'] as const)(
    '%s: tasks are created, controlled and shown all the same',
    async (engine) => {
      proxies[engine].holdReplies();
      const created = await api('POST', '/api/tasks', { body: newTask() });
      expect(created.status).toBe(201);
      const path = `/api/tasks/${created.body.task_id}`;
      expect((await api('GET', path)).status).toBe(200);
      expect((await api('POST', `${path}/cancel`)).status).toBe(200);
      expect((await api('GET', '/api/statistics')).status).toBe(200);
    },
  );
});

it('finishes open requests while it drains: without a 201 no task is created', async () => {
  const draining = createService(testbed);
  await draining.start();
  const drainingApi = createApi(() => draining.port());
  const body = newTask({ task_initiator: 'drain' });
  const pending = Array.from({ length: 20 }, () => drainingApi('POST', '/api/tasks', { body }));
  await pending[0];
  const stopped = draining.stop();
  // A connection without a request in it is cut: its client may ask another replica.
  const statuses = (await Promise.allSettled(pending)).map((result) =>
    result.status === 'fulfilled' ? result.value.status : 'cut',
  );
  await stopped;
  const created = statuses.filter((status) => status === 201);
  expect(statuses.every((status) => [201, 503, 'cut'].includes(status))).toBe(true);
  const { items } = (await api('GET', '/api/tasks?limit=100')).body;
  expect(items.filter((task: { task_initiator: string }) => task.task_initiator === 'drain')).toHaveLength(
    created.length,
  );
  await expect(drainingApi('GET', '/livez', { key: null })).rejects.toThrow();
});
