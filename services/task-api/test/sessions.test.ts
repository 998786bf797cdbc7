import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { SESSION_HOURS } from '@cyberstroll/contracts';
import { afterTime, eventually, type Testbed } from '@cyberstroll/testkit';
import mongoose from 'mongoose';
import { type Answer, type Api, type Call, createApi, newTask, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';
import { setupReplicas } from './setup';

const AN_HOUR_MS = 3_600_000;
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };
let lines: string[];
let testbed: Testbed;
let services: Awaited<ReturnType<typeof setupReplicas>>['services'];
/** Two replicas; a trusted proxy is in front of the second. */
let api: Api;
let other: Api;

beforeAll(async () => {
  ({ testbed, services, lines, api, other } = await setupReplicas([
    { TRUST_PROXY: '0' },
    { TRUST_PROXY: '127.0.0.0/8' },
  ]));
});
afterAll(() => testbed?.cleanup());

const admin = (method: string, path: string, call: Call = {}) => api(method, path, { key: KEYS.admin, ...call });
const createKey = async (change: object) =>
  (await admin('POST', '/api/keys', { body: { name: `k${Math.random()}`, role: 'operator', ...change } })).body;
const isKnown = (at: Api, key: string) =>
  eventually(async () => expect((await at('GET', '/api/tasks', { key })).status).toBe(200));

const logIn = (key = KEYS.operator, at = api, headers: Record<string, string> = {}) =>
  at('POST', '/api/session', { key, headers });
/** The cookie as a browser sends it back. */
const toCookie = ({ headers }: Answer) => headers.get('set-cookie')!.split(';')[0]!;
async function openSession(key?: string): Promise<string> {
  const answer = await logIn(key);
  expect(answer.status).toBe(201);
  return toCookie(answer);
}
const by = (cookie: string, headers: Record<string, string> = {}): Call => ({
  key: null,
  headers: { cookie, ...headers },
});
const whoAmI = (at: Api, cookie: string) => at('GET', '/api/session', by(cookie));
const ends = (at: Api, cookie: string) =>
  eventually(async () => toProblemOf(await whoAmI(at, cookie), 401, 'unauthorised'));

const inAnHour = (act: () => Promise<unknown>) => afterTime(AN_HOUR_MS, act);

/** Changes what the database has of the newest session. */
async function changeNewest(change: object): Promise<void> {
  const opened = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
  await opened.collection('sessions').findOneAndUpdate({}, { $set: change }, { sort: { created_time: -1 } });
  await opened.close();
}

/** An event stream by this cookie, on the other replica. */
async function openStream(cookie: string): Promise<IncomingMessage> {
  const { task_id } = (await admin('POST', '/api/tasks', { body: newTask() })).body;
  const place = `http://127.0.0.1:${services[1]!.port()}/api/tasks/${task_id}/events`;
  const [stream] = (await once(get(place, { headers: { cookie } }), 'response')) as [IncomingMessage];
  stream.resume().on('error', () => undefined);
  expect(stream.statusCode).toBe(200);
  return stream;
}
const isCut = (stream: IncomingMessage) => eventually(() => expect(stream.destroyed).toBe(true));

describe('log-in', () => {
  it('gives a cookie that scripts cannot read and other sites cannot send, for 12 hours', async () => {
    const answer = await logIn();
    const [cookie, ...attributes] = answer.headers.get('set-cookie')!.split('; ');
    expect(cookie).toMatch(/^cyberstroll_session=[\w-]{43}$/);
    expect(attributes.sort()).toEqual([
      expect.stringMatching(/^Expires=/),
      'HttpOnly',
      `Max-Age=${SESSION_HOURS * 3_600}`,
      'Path=/',
      'SameSite=Strict',
    ]);
    expect(answer.body).toEqual({ key: 'otto', role: 'operator', expires_time: expect.any(String) });
    const hours = (Date.parse(answer.body.expires_time) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(SESSION_HOURS - 0.1);
    expect(hours).toBeLessThanOrEqual(SESSION_HOURS);
  });

  it('gives it to https alone where the request came by https, as a trusted proxy says', async () => {
    const isSecure = async (at: Api) =>
      / Secure(;|$)/.test(
        (await logIn(KEYS.operator, at, { 'x-forwarded-proto': 'https' })).headers.get('set-cookie')!,
      );
    expect([await isSecure(api), await isSecure(other)]).toEqual([false, true]);
  });

  it('needs the API key: a cookie does not prolong itself', async () => {
    toProblemOf(await api('POST', '/api/session', by(await openSession(), SAME_ORIGIN)), 401, 'unauthorised');
    toProblemOf(await logIn('wrong-0123456789abcdef'), 401, 'unauthorised');
  });

  it('repeated under the same Idempotency-Key gives a session of its own', async () => {
    const repeat = async () => toCookie(await logIn(KEYS.operator, api, { 'idempotency-key': 'log-in' }));
    const cookies = [await repeat(), await repeat()];
    expect(new Set(cookies).size).toBe(2);
    for (const cookie of cookies) expect((await whoAmI(api, cookie)).status).toBe(200);
  });
});

describe('a session', () => {
  it('calls with the name, role, networks, rate limit and audit entries of its key, at once on every replica', async () => {
    const limits = { networks: ['127.0.0.0/8'], requests_per_minute: 50 };
    const expires_time = new Date(Date.now() + 3_600_000).toISOString();
    const { name, key_id, secret } = await createKey({ ...limits, expires_time });
    await isKnown(other, secret);
    const cookie = await openSession(secret);
    const { networks } = limits;
    const me = { key: name, role: 'operator', networks, expires_time };
    expect((await whoAmI(other, cookie)).body).toEqual(me);
    const answer = await whoAmI(api, cookie);
    expect(answer.headers.get('ratelimit-policy')).toContain('q=50;');
    expect((await api('GET', '/api/session', { key: secret })).body).toEqual(me);
    expect((await api('GET', '/api/session')).body).toEqual({ key: 'otto', role: 'operator' });

    const created = await api('POST', '/api/tasks', { ...by(cookie, SAME_ORIGIN), body: newTask() });
    expect(created.body.status_history[0].operator).toBe(name);
    const entries = (await admin('GET', `/api/audit?operator=${name}`)).body.items;
    expect(entries.map(({ operation }: { operation: string }) => operation)).toEqual(['createTask', 'createSession']);
    expect(entries[0]).toMatchObject({ role: 'operator', key_id });
    toProblemOf(await api('GET', '/api/keys', by(cookie)), 403, 'forbidden');
    toProblemOf(await api('GET', '/api/nodes', by(cookie)), 403, 'forbidden');
  });

  it('does not count beside an API key, valid or not', async () => {
    const headers = { cookie: await openSession() };
    expect((await api('GET', '/api/session', { key: KEYS.viewer, headers })).body.key).toBe('vera');
    toProblemOf(await api('GET', '/api/session', { key: 'wrong-0123456789abcdef', headers }), 401, 'unauthorised');
    // A proxy in front may ask for a password of its own.
    const { cookie } = headers;
    expect((await api('GET', '/api/session', by(cookie, { authorization: 'Basic YTpi' }))).status).toBe(200);
  });
});

describe('a command by cookie', () => {
  const send = (cookie: string, headers: Record<string, string>, at = api) =>
    at('POST', '/api/tasks', { ...by(cookie, headers), body: newTask({ task_initiator: 'forger' }) });
  const own = (service: number) => `127.0.0.1:${services[service]!.port()}`;

  it.each<[string, Record<string, string>]>([
    ['without Origin and Sec-Fetch-Site', {}],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of an origin without a name', { origin: 'null' }],
    ['of another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['of another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['of a sister site, as the browser says', { 'sec-fetch-site': 'same-site' }],
    ['with a host that no trusted proxy names', { origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' }],
  ])('%s is refused, and nothing happens', async (_case, headers) => {
    const cookie = await openSession();
    toProblemOf(await send(cookie, headers), 403, 'cross_site_request');
    toProblemOf(await api('DELETE', '/api/session', by(cookie, headers)), 403, 'cross_site_request');
    expect((await whoAmI(api, cookie)).status).toBe(200);
    expect((await api('GET', '/api/tasks?task_initiator=forger', { key: KEYS.other })).body.items).toEqual([]);
    for (const operation of ['createTask', 'endSession']) {
      expect((await admin('GET', `/api/audit?operator=otto&operation=${operation}`)).body.items).toEqual([]);
    }
  });

  it('of the own origin is carried out, also behind a trusted proxy', async () => {
    const cookie = await openSession(KEYS.other);
    const forwarded = { 'x-forwarded-host': 'scan.example', 'x-forwarded-proto': 'https' };
    for (const answer of [
      await send(cookie, SAME_ORIGIN),
      await send(cookie, { origin: `http://${own(0)}` }),
      await send(cookie, { origin: `http://${own(1)}` }, other),
      await send(cookie, { origin: 'https://scan.example', ...forwarded }, other),
    ])
      expect(answer.status).toBe(201);
    // An API key is not added by a browser.
    const headers = { cookie, origin: 'https://evil.example' };
    expect((await api('POST', '/api/tasks', { headers, body: newTask() })).status).toBe(201);
  });
});

describe('a session ends', () => {
  it('by DELETE: here at once, then everywhere, with its streams', async () => {
    const cookie = await openSession();
    const stream = await openStream(cookie);
    const answer = await api('DELETE', '/api/session', by(cookie, SAME_ORIGIN));
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    expect(answer.headers.get('set-cookie')).toMatch(/^cyberstroll_session=; .*Expires=Thu, 01 Jan 1970/);
    toProblemOf(await whoAmI(api, cookie), 401, 'unauthorised');
    await Promise.all([ends(other, cookie), isCut(stream)]);
    expect((await api('DELETE', '/api/session')).status).toBe(204);
  });

  it('after its time, with its streams', async () => {
    const cookie = await openSession();
    await changeNewest({ expires: new Date(Date.now() + AN_HOUR_MS) });
    const stream = await openStream(cookie);
    await inAnHour(async () => {
      await isCut(stream);
      for (const at of [api, other]) toProblemOf(await whoAmI(at, cookie), 401, 'unauthorised');
    });
  });

  it.each<[string, (key_id: string) => Promise<unknown>]>([
    ['is revoked', (key_id) => admin('POST', `/api/keys/${key_id}/revoke`)],
    ['is rotated', (key_id) => admin('POST', `/api/keys/${key_id}/rotate`)],
  ])('when its key %s, with its streams', async (_case, end) => {
    const { key_id, secret } = await createKey({});
    await isKnown(other, secret);
    const cookie = await openSession(secret);
    const stream = await openStream(cookie);
    await end(key_id);
    await Promise.all([ends(api, cookie), ends(other, cookie), isCut(stream)]);
  });

  it('when its key expires', async () => {
    const { secret } = await createKey({ expires_time: new Date(Date.now() + AN_HOUR_MS).toISOString() });
    const cookie = await openSession(secret);
    expect((await whoAmI(api, cookie)).status).toBe(200);
    await inAnHour(() => ends(api, cookie));
  });

  it.each([
    ['is gone from API_KEYS', `vera:viewer:${KEYS.viewer}`],
    ['has another secret', `otto:operator:another-0123456789abcdef`],
    ['has its secret under another name', `olga:operator:${KEYS.operator}`],
  ])('when its key %s', async (_case, API_KEYS) => {
    const cookie = await openSession();
    const restarted = createService(testbed, { API_KEYS });
    await restarted.start();
    try {
      const at = createApi(() => restarted.port());
      toProblemOf(await whoAmI(at, cookie), 401, 'unauthorised');
    } finally {
      await restarted.stop();
    }
  });
});

it('the secret of a session is in no log, no audit entry, and not in the database', async () => {
  const cookie = await openSession();
  await api('POST', '/api/tasks', { ...by(cookie, SAME_ORIGIN), body: newTask() });
  toProblemOf(await api('POST', '/api/tasks', by(cookie)), 403, 'cross_site_request');
  await api('DELETE', '/api/session', by(await openSession(), SAME_ORIGIN));
  const opened = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
  const collections = await opened.db!.listCollections().toArray();
  const stored = await Promise.all(collections.map(({ name }) => opened.collection(name).find().toArray()));
  await opened.close();
  const kept = `${JSON.stringify(stored)} ${lines.join('\n')}`;
  expect(kept).toContain('createSession');
  expect(kept).toContain('/api/session');
  expect(kept).not.toContain(cookie.split('=')[1]);
  expect(kept).not.toMatch(/cyberstroll_session=/);
});
