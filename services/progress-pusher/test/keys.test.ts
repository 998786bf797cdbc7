import { createSessionRing } from '@cyberstroll/access';
import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import { createUnsentTask, eventually, testLogger } from '@cyberstroll/testkit';
import { KEY } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
let taskId: string;

beforeAll(async () => {
  fixture = await setup('redis_url', { ALLOWED_ORIGINS: 'https://ui.example' });
  taskId = await createUnsentTask(fixture.store, '127.0.0.1');
});
afterAll(() => fixture?.cleanup());

/** A key that this replica knows. */
async function createKey(change: { expires_time?: Date; networks?: string[] } = {}) {
  const { apiKeys } = fixture.store;
  const { key_id, secret, name } = await apiKeys.create(
    { name: `k${Math.random()}`, role: 'viewer', ...change },
    'test',
    new Date(),
  );
  const isKnown = async () => (await watch(fixture.service, taskId, { key: secret! })).close();
  // Each try before is a refused login, and 300 in a minute are too many.
  await eventually(isKnown, { intervalMs: 250 });
  return { key_id, secret: secret!, key: name };
}
const issue = ({ key_id, key }: { key_id: string; key: string }, generation = 1) =>
  fixture.issue({ name: key, key: { key_id, generation } }, taskId);
const watchBy = (ticket: string) => watch(fixture.service, taskId, { query: `?ticket=${ticket}` });
/** Both kinds of WebSockets of a key. */
const openBoth = async (key: { key_id: string; secret: string; key: string }) =>
  Promise.all([watch(fixture.service, taskId, { key: key.secret }), watchBy(await issue(key))]);

const areClosed = async (sockets: { closed: Promise<number> }[]) =>
  expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual(
    sockets.map(() => WEBSOCKET_CLOSES.keyEnded.code),
  );

it('closes the WebSockets of a revoked key, also those of its tickets, and opens no new one', async () => {
  const key = await createKey();
  const sockets = await openBoth(key);
  const unused = await issue(key);
  await fixture.store.apiKeys.revoke(key.key_id, 'test', new Date());
  await areClosed(sockets);
  await expect(watch(fixture.service, taskId, { key: key.secret })).rejects.toThrow('HTTP 401 unauthorised');
  await expect(watchBy(unused)).rejects.toThrow('HTTP 401 unauthorised');
});

it('closes those of an old secret, and leaves those of the new one open', async () => {
  const key = await createKey();
  const sockets = await openBoth(key);
  const { secret } = await fixture.store.apiKeys.rotate(key.key_id, 0, new Date());
  await areClosed(sockets);
  const next = await watch(fixture.service, taskId, { key: secret });
  await expect(watchBy(await issue(key))).rejects.toThrow('HTTP 401 unauthorised');
  const byTicket = await watchBy(await issue(key, 2));
  for (const each of [next, byTicket]) each.close();
});

it('shows a key with networks only tasks inside of them, also by a ticket', async () => {
  const foreign = await createUnsentTask(fixture.store, '127.2.0.1');
  const key = await createKey({ networks: ['127.0.0.0/16'] });
  await expect(watch(fixture.service, foreign, { key: key.secret })).rejects.toThrow('HTTP 404 task_not_found');
  const ticket = await fixture.issue({ name: key.key, key: { key_id: key.key_id, generation: 1 } }, foreign);
  const refused = watch(fixture.service, foreign, { query: `?ticket=${ticket}` });
  await expect(refused).rejects.toThrow('HTTP 404 task_not_found');
  (await watchBy(await issue(key))).close();
  // Newest first: once the own task is here, the foreign one would be.
  const all = await watch(fixture.service, undefined, { key: key.secret });
  await all.waitFor(({ task_id }) => task_id === taskId);
  expect(all.updates.map(({ task_id }) => task_id)).not.toContain(foreign);
  all.close();
});

describe('a session', () => {
  const OTHER = 'https://ui.example';
  const own = () => `http://127.0.0.1:${fixture.service.port()}`;
  const sessions = () =>
    createSessionRing({
      sessions: fixture.store.sessions,
      logger: testLogger,
      keys: { findHolder: async () => undefined, watch: () => () => undefined },
      bootstrap: { findProven: () => undefined },
    });
  /** Of a key of the collection, or else of API_KEYS. */
  async function open(key?: { key_id: string; key: string }) {
    const named = key ? { name: key.key, key: { key_id: key.key_id, generation: 1 } } : { name: 'vera' };
    const { secret, caller } = await sessions().open({ role: 'viewer', ...named }, KEY);
    return { secret, id: caller.session!._id };
  }
  const watchBySession = (secret: string, origin?: string) =>
    watch(fixture.service, taskId, {
      headers: { cookie: `cyberstroll_session=${secret}`, ...(origin !== undefined && { origin }) },
    });

  it('opens WebSockets of pages of this host alone; other pages that may connect need a key or a ticket', async () => {
    const { secret } = await open();
    for (const origin of [undefined, OTHER]) {
      await expect(watchBySession(secret, origin)).rejects.toThrow('HTTP 403 cross_site_request');
    }
    for (const origin of ['https://evil.example', 'null', own().replace('http:', 'https:')]) {
      await expect(watchBySession(secret, origin)).rejects.toThrow('HTTP 403 origin_not_allowed');
    }
    await expect(watchBySession('x'.repeat(43), own())).rejects.toThrow('HTTP 401 unauthorised');
    const ticket = await fixture.issue({ name: 'vera' }, taskId);
    const page = (origin: string, query: string) => watch(fixture.service, taskId, { headers: { origin }, query });
    const opened = [
      await watchBySession(secret, own()),
      await page(own(), `?ticket=${ticket}`),
      await watch(fixture.service, taskId, { key: KEY, headers: { origin: OTHER } }),
    ];
    for (const each of opened) each.close();
  });

  it('closes its WebSockets when it ends, also those of its tickets, and opens no new one', async () => {
    const { secret, id } = await open();
    const issueBySession = () => fixture.issue({ name: 'vera', session: { _id: id } }, taskId);
    const opened = [await watchBySession(secret, own()), await watchBy(await issueBySession())];
    const unused = await issueBySession();
    await fixture.store.sessions.end(id);
    await areClosed(opened);
    await expect(watchBySession(secret, own())).rejects.toThrow('HTTP 401 unauthorised');
    await expect(watchBy(unused)).rejects.toThrow('HTTP 401 unauthorised');
  });
});

it('writes a refused login to the audit log, once per address and minute', async () => {
  const { items } = await fixture.store.auditLog.findPage({ limit: 10, operation: 'login' });
  // This file may take longer than a minute.
  const times = items.map(({ time }) => Math.round(new Date(time).getTime() / 60_000));
  expect(times.length).toBeGreaterThan(0);
  expect(new Set(times).size).toBe(times.length);
  for (const item of items) expect(item).toMatchObject({ address: '127.0.0.1', status: 401, code: 'unauthorised' });
});
