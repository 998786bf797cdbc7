import { afterTime, createTestStore, eventually, type Testbed } from '@cyberstroll/testkit';
import mongoose from 'mongoose';
import { type Api, type Call, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { setupReplicas } from './setup';

const AN_HOUR_MS = 3_600_000;
let lines: string[];
let testbed: Testbed;
/** Two replicas. */
let api: Api;
let other: Api;

beforeAll(async () => {
  ({ testbed, lines, api, other } = await setupReplicas([{}, {}]));
});
afterAll(() => testbed?.cleanup());

const admin = (method: string, path: string, call: Call = {}) => api(method, path, { key: KEYS.admin, ...call });
async function create(body: object): Promise<{ key_id: string; secret: string }> {
  const answer = await admin('POST', '/api/keys', { body });
  expect(answer.status).toBe(201);
  return answer.body;
}
const inAnHour = (act: () => Promise<unknown>) => afterTime(AN_HOUR_MS, act);
const listTasks = (at: Api, key: string) => at('GET', '/api/tasks', { key });
const everywhere = (key: string, status: number) =>
  eventually(async () => expect((await listTasks(other, key)).status).toBe(status));

describe('an API key', () => {
  it('works at once here and then everywhere, with its role and name, until it is revoked', async () => {
    const { key_id, secret } = await create({ name: 'team-a', role: 'operator' });
    expect(secret).toMatch(/^cs_[\w-]{43}$/);
    expect((await listTasks(api, secret)).status).toBe(200);
    await everywhere(secret, 200);
    const created = await api('POST', '/api/tasks', { key: secret, body: newTask() });
    expect(created.body.status_history[0].operator).toBe('team-a');
    toProblemOf(await api('GET', '/api/keys', { key: secret }), 403, 'forbidden');
    const [entry] = (await admin('GET', '/api/audit?operation=createTask&operator=team-a')).body.items;
    expect(entry).toMatchObject({ operator: 'team-a', key_id });

    const revoke = () => admin('POST', `/api/keys/${key_id}/revoke`, { body: { reason: 'left' } });
    const { body } = await revoke();
    expect(body).toMatchObject({ key_id, revoked_by: 'ada', revoked_time: expect.any(String) });
    toProblemOf(await listTasks(api, secret), 401, 'unauthorised');
    await everywhere(secret, 401);
    expect((await revoke()).body.revoked_time).toBe(body.revoked_time);
    toProblemOf(await admin('POST', `/api/keys/${key_id}/rotate`), 409, 'illegal_transition');
    // Its name is free again. Whoever gets it next shares nothing with the one before.
    await create({ name: 'team-a', role: 'viewer' });
  });

  it('gets a new secret; the old one ends with its grace', async () => {
    const { key_id, secret } = await create({ name: 'rotated', role: 'viewer' });
    const rotate = async (body: object) => (await admin('POST', `/api/keys/${key_id}/rotate`, { body })).body.secret;
    const second = await rotate({ grace_seconds: AN_HOUR_MS / 1_000 });
    for (const key of [secret, second]) expect((await listTasks(api, key)).status).toBe(200);
    await inAnHour(async () => toProblemOf(await listTasks(api, secret), 401, 'unauthorised'));
    const third = await rotate({});
    expect(await Promise.all([second, third].map(async (key) => (await listTasks(api, key)).status))).toEqual([
      401, 200,
    ]);
  });

  it('is listed without its secret, the revoked ones apart', async () => {
    const { key_id } = await create({ name: 'listed', role: 'viewer', networks: ['127.0.0.0/8'] });
    const { secret, ...shown } = (await admin('GET', `/api/keys/${key_id}`)).body;
    expect(shown).toEqual({
      key_id,
      name: 'listed',
      role: 'viewer',
      networks: ['127.0.0.0/8'],
      created_by: 'ada',
      created_time: expect.any(String),
    });
    expect(secret).toBeUndefined();
    const page = (await admin('GET', '/api/keys?limit=1')).body;
    expect(page).toEqual({ items: [shown], next_cursor: key_id });
    expect((await admin('GET', `/api/keys?cursor=${key_id}`)).body.items).not.toContainEqual(shown);
    await admin('POST', `/api/keys/${key_id}/revoke`);
    expect((await admin('GET', '/api/keys')).body.items).not.toContainEqual(expect.objectContaining({ key_id }));
    expect((await admin('GET', '/api/keys?revoked=true')).body.items[0]).toMatchObject({ key_id });
    toProblemOf(await admin('GET', `/api/keys/${'0'.repeat(24)}`), 404, 'key_not_found');
  });

  it.each<[object, number, string, RegExp]>([
    [{ name: 'ada' }, 409, 'key_name_taken', /name/],
    [{ name: 'taken' }, 409, 'key_name_taken', /name/],
    [{ role: 'root' }, 422, 'invalid_body', /role/],
    [{ expires_time: '2020-01-01T00:00:00Z' }, 422, 'invalid_body', /expires_time: must be in the future/],
    [{ role: 'admin', networks: ['127.0.0.0/8'] }, 422, 'invalid_body', /networks: must be absent for the role admin/],
    [{ networks: ['10.0.0.0/33'] }, 422, 'invalid_body', /networks\.0/],
    [{ networks: ['127.0.0.1', '::ffff:10.0.0.1'] }, 422, 'invalid_body', /networks\.1: .*IPv4-mapped/],
    [{ secret: 'mine' }, 422, 'invalid_body', /secret/],
  ])('is not made from %j', async (change, status, code, detail) => {
    await admin('POST', '/api/keys', { body: { name: 'taken', role: 'viewer' } });
    const answer = await admin('POST', '/api/keys', { body: { name: 'new', role: 'viewer', ...change } });
    expect(toProblemOf(answer, status, code)).toMatchObject({ detail: expect.stringMatching(detail) });
  });
});

it('a secret is shown once, and is in no log, no audit entry, no repeated answer and not in the database', async () => {
  const postOnce = (path: string, body: object) =>
    admin('POST', path, { body, headers: { 'idempotency-key': `once ${path}`.replaceAll(' ', '-') } });
  const body = { name: 'secretive', role: 'viewer' };
  const first = await postOnce('/api/keys', body);
  const { secret, key_id } = first.body;
  const repeated = await postOnce('/api/keys', body);
  expect([first.status, repeated.status]).toEqual([201, 200]);
  expect({ ...repeated.body, secret }).toEqual(first.body);
  expect(repeated.headers.get('location')).toBe(`/api/keys/${key_id}`);
  const rotate = () => postOnce(`/api/keys/${key_id}/rotate`, { grace_seconds: 60 });
  const { secret: next } = (await rotate()).body;
  expect((await rotate()).body).not.toHaveProperty('secret');
  for (const key of [secret, next]) expect((await listTasks(api, key)).status).toBe(200);
  const [entry] = (await admin('GET', '/api/audit?operation=createKey&limit=1')).body.items;
  expect(entry).toMatchObject({ operator: 'ada', subject: key_id, status: 200 });

  const database = await mongoose.createConnection(testbed.mongodb_uri).asPromise();
  const collections = await database.db!.listCollections().toArray();
  const stored = await Promise.all(collections.map(({ name }) => database.collection(name).find().toArray()));
  await database.close();
  const kept = `${JSON.stringify(stored)} ${lines.join('\n')}`;
  expect(kept).toContain(key_id);
  for (const key of [secret, next]) expect(kept).not.toContain(key.slice(3));
});

it('notes the use of a key, at most once a minute', async () => {
  const store = createTestStore(testbed);
  await store.start();
  try {
    const { key_id } = await create({ name: 'used', role: 'viewer' });
    const time = new Date('2026-01-01T00:00:00Z');
    await store.apiKeys.markUsed([key_id], time);
    await store.apiKeys.markUsed([key_id], new Date('2025-01-01T00:00:00Z'));
    expect((await admin('GET', `/api/keys/${key_id}`)).body.last_used_time).toBe(time.toISOString());
  } finally {
    await store.stop();
  }
});
