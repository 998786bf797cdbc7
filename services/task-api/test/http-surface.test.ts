import { loadConfig } from '@cyberstroll/runtime';
import { createTestbed, eventually, type Testbed, upTo } from '@cyberstroll/testkit';
import { pino } from 'pino';
import { configShape } from '../src/config';
import { type Api, createApi, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';

let testbed: Testbed;
let service: ReturnType<typeof createService>;
let api: Api;

beforeAll(async () => {
  testbed = await createTestbed();
  service = createService(testbed, { CORS_ORIGINS: 'https://ui.example' });
  await service.start();
  api = createApi(() => service.port());
});
afterAll(async () => {
  await service?.stop();
  await testbed?.cleanup();
});

it('refuses to start without a key', () => {
  expect(() => loadConfig(configShape, {})).toThrow(/API_KEYS/);
});

describe('keys and roles', () => {
  it.each(['/api/tasks', '/api/nodes', '/api/tasks/x'])('needs a key at %s', async (path) => {
    const answer = await api('GET', path, { key: null });
    toProblemOf(answer, 401, 'unauthorised');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    toProblemOf(await api('GET', path, { key: 'wrong-0123456789abcdef' }), 401, 'unauthorised');
  });

  it('needs no key at the health paths', async () => {
    expect(await api('GET', '/livez', { key: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
    await eventually(async () =>
      expect(await api('GET', '/readyz', { key: null })).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { mongodb: 'ok', rabbitmq: 'ok', redis: 'ok' } },
      }),
    );
    const metrics = await fetch(`http://127.0.0.1:${service.port()}/metrics`);
    expect(await metrics.text()).toContain('cyberstroll_');
  });

  it('accepts a key as X-API-Key', async () => {
    const answer = await api('GET', '/api/nodes', { key: null, headers: { 'x-api-key': KEYS.viewer } });
    expect(answer.status).toBe(200);
  });
});

describe('invalid requests', () => {
  it.each([
    ['PUT', '/api/tasks', 'GET, HEAD, POST'],
    ['PUT', '/api/tasks/x', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/api/tasks/x/pause', 'POST'],
    ['POST', '/api/nodes', 'GET, HEAD'],
  ])('answers %s %s with the methods that are allowed', async (method, path, allow) => {
    const answer = await api(method, path);
    toProblemOf(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  it.each(['/api/nothing', '/asyncapi.json', '/api/task', '/api/tasks/x/steal'])(
    'answers 404 at %s, with a key and without one',
    async (path) => {
      for (const key of [KEYS.admin, 'wrong-0123456789abcdef', null]) {
        toProblemOf(await api('GET', path, { key }), 404, 'route_not_found');
        toProblemOf(await api('POST', path, { key, body: {} }), 404, 'route_not_found');
      }
    },
  );
});

describe('headers', () => {
  it('are safe, have the request id and forbid caching', async () => {
    const { headers, body } = await api('GET', '/api/tasks/x', { headers: { 'x-request-id': 'mine-1' } });
    expect(headers.get('x-request-id')).toBe('mine-1');
    expect(body.request_id).toBe('mine-1');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    const hostile = await api('GET', '/api/nodes', { headers: { 'x-request-id': 'a b' } });
    expect(hostile.headers.get('x-request-id')).not.toBe('a b');
  });

  it('allow no origin if none is configured', async () => {
    const closed = createService(testbed);
    await closed.start();
    try {
      const headers = { origin: 'https://ui.example', 'access-control-request-method': 'GET' };
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await createApi(() => closed.port())(method, '/api/nodes', { headers });
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    } finally {
      await closed.stop();
    }
  });

  it('allow only the configured origins', async () => {
    const asked = (origin: string) => api('GET', '/api/nodes', { headers: { origin } });
    expect((await asked('https://ui.example')).headers.get('access-control-allow-origin')).toBe('https://ui.example');
    expect((await asked('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['/api/tasks', 'GET, HEAD, POST'],
    ['/api/tasks/x/pause', 'POST'],
    ['/api/nodes', 'GET, HEAD'],
  ])('give a page of such an origin the methods of %s, without a key', async (path, methods) => {
    const headers = { origin: 'https://ui.example', 'access-control-request-method': 'POST' };
    const preflight = await api('OPTIONS', path, { key: null, headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe(methods);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Idempotency-Key/);
  });
});

it('logs the caller’s name in any script, never the query, and only the start of a long path', async () => {
  const lines: string[] = [];
  const keys = { API_KEYS: `张三:operator:${KEYS.operator}` };
  const logged = createService(testbed, keys, pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }));
  await logged.start();
  try {
    const loggedApi = createApi(() => logged.port());
    for (const key of [null, KEYS.operator]) {
      await loggedApi('GET', `/api/tasks?key=${KEYS.other}`, { key });
      await loggedApi('GET', `/api/${'x'.repeat(8_000)}`, { key });
    }
    const requests = await eventually(() => {
      const found = lines.filter((line) => JSON.parse(line).msg === 'request');
      return found.length === 4 && found;
    });
    expect(requests.map((line) => JSON.parse(line).req.path.length)).toEqual([10, 200, 10, 200]);
    expect(requests.map((line) => JSON.parse(line).caller)).toEqual([undefined, undefined, '张三', undefined]);
    expect(lines.join()).not.toContain(KEYS.other);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_000);
  } finally {
    await logged.stop();
  }
});

it('limits each key separately', async () => {
  const limited = createService(testbed, { RATE_LIMIT_PER_MINUTE: '3' });
  await limited.start();
  try {
    const limitedApi = createApi(() => limited.port());
    for (let n = 0; n < 3; n++) expect((await limitedApi('GET', '/api/nodes')).status).toBe(200);
    const refused = await limitedApi('GET', '/api/nodes');
    toProblemOf(refused, 429, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await limitedApi('GET', '/api/nodes', { key: KEYS.viewer })).status).toBe(200);
  } finally {
    await limited.stop();
  }
});

it('weighs a request by the bytes of its body, and by the most of them where their number is not said', async () => {
  const limited = createService(testbed, { RATE_LIMIT_PER_MINUTE: '300' });
  await limited.start();
  try {
    const url = `http://127.0.0.1:${limited.port()}/api/tasks/dry-run`;
    const send = async (body: string | ReadableStream) => {
      const headers = { authorization: `Bearer ${KEYS.operator}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body, ...(typeof body !== 'string' && DUPLEX) });
      return [answer.status, answer.headers.get('ratelimit'), ((await answer.json()) as { detail: string }).detail];
    };
    const left = (count: number) => expect.stringMatching(`^"key"; r=${count}; t=\\d+$`);
    expect(await send(JSON.stringify('x'.repeat(40_000)))).toEqual([422, left(290), expect.anything()]);
    const chunked = new Blob(['{}']).stream();
    expect(await send(chunked)).toEqual([422, left(33), expect.anything()]);
    expect(await send(JSON.stringify('x'.repeat(200_000)))).toEqual([422, left(0), expect.anything()]);
    expect(await send('{}')).toEqual([429, left(0), expect.stringMatching(/each 4096 bytes of a body/)]);
  } finally {
    await limited.stop();
  }
});
const DUPLEX = { duplex: 'half' } as RequestInit;

describe('requests without a valid key', () => {
  const guess = (port: number, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/api/nodes`, { headers: { 'x-api-key': 'wrong-0123456789abcdef', ...headers } });
  /** At once: all of them are within a minute. */
  const guessOften = async (port: number, headers?: Record<string, string>) => {
    const answers = await Promise.all(upTo(300).map(() => guess(port, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  };

  async function withOwn(env: Record<string, string>, run: (port: number) => Promise<void>) {
    const own = createService(testbed, env);
    await own.start();
    try {
      await run(own.port());
    } finally {
      await own.stop();
    }
  }

  it('are limited by address, without effect on valid keys of that address', () =>
    withOwn({}, async (port) => {
      await guessOften(port);
      const refused = await guess(port);
      expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
      expect((await createApi(() => port)('GET', '/api/nodes')).status).toBe(200);
      // Nor does anybody become another by a header.
      expect((await guess(port, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(429);
    }));

  it('are counted by the client behind a trusted proxy', () =>
    withOwn({ TRUST_PROXY: '127.0.0.0/8' }, async (port) => {
      await guessOften(port, { 'x-forwarded-for': '192.0.2.1' });
      expect((await guess(port, { 'x-forwarded-for': '198.51.100.1, 192.0.2.1' })).status).toBe(429);
      expect((await guess(port, { 'x-forwarded-for': '192.0.2.1, 192.0.2.2' })).status).toBe(401);
    }));
});

it('allows more open requests of a key than bad ones per minute', async () => {
  const statuses = await Promise.all(Array.from({ length: 320 }, async () => (await api('GET', '/api/nodes')).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
});
