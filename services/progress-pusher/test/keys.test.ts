import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import { createUnsentTask, eventually } from '@cyberstroll/testkit';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
let taskId: string;

beforeAll(async () => {
  fixture = await setup('redis_url');
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
  await eventually(async () => (await watch(fixture.service, taskId, { key: secret })).close(), { timeoutMs: 5_000 });
  return { key_id, secret, key: name };
}
const issue = ({ key_id, key }: { key_id: string; key: string }, generation = 1) =>
  fixture.realtime.issueTicket({ task_id: taskId, key, key_ref: { key_id, generation } });
const watchBy = (ticket: string) => watch(fixture.service, taskId, { query: `?ticket=${ticket}` });
/** Both kinds of WebSockets of a key. */
const openBoth = async (key: { key_id: string; secret: string; key: string }) =>
  Promise.all([watch(fixture.service, taskId, { key: key.secret }), watchBy(await issue(key))]);

const within5s = async (sockets: { closed: Promise<number> }[]) => {
  const closed = Promise.all(sockets.map((socket) => socket.closed));
  expect(await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5_000, 'open'))])).toEqual(
    sockets.map(() => WEBSOCKET_CLOSES.keyEnded.code),
  );
};

it('closes the WebSockets of a revoked key within 5 s, also those of its tickets, and opens no new one', async () => {
  const key = await createKey();
  const sockets = await openBoth(key);
  const unused = await issue(key);
  await fixture.store.apiKeys.revoke(key.key_id, 'test', new Date());
  await within5s(sockets);
  await expect(watch(fixture.service, taskId, { key: key.secret })).rejects.toThrow('HTTP 401 unauthorised');
  await expect(watchBy(unused)).rejects.toThrow('HTTP 401 unauthorised');
});

it('closes those of an old secret, and leaves those of the new one open', async () => {
  const key = await createKey();
  const sockets = await openBoth(key);
  const { secret } = await fixture.store.apiKeys.rotate(key.key_id, 0, new Date());
  await within5s(sockets);
  const next = await watch(fixture.service, taskId, { key: secret });
  await expect(watchBy(await issue(key))).rejects.toThrow('HTTP 401 unauthorised');
  const byTicket = await watchBy(await issue(key, 2));
  for (const each of [next, byTicket]) each.close();
});

it('closes those of a key that expires', async () => {
  const key = await createKey({ expires_time: new Date(Date.now() + 4_000) });
  await within5s(await openBoth(key));
});

it('shows a key with networks only tasks inside of them, also by a ticket', async () => {
  const foreign = await createUnsentTask(fixture.store, '127.2.0.1');
  const key = await createKey({ networks: ['127.0.0.0/16'] });
  await expect(watch(fixture.service, foreign, { key: key.secret })).rejects.toThrow('HTTP 404 task_not_found');
  const ticket = await fixture.realtime.issueTicket({
    ...{ task_id: foreign, key: key.key, key_ref: { key_id: key.key_id, generation: 1 } },
  });
  const refused = watch(fixture.service, foreign, { query: `?ticket=${ticket}` });
  await expect(refused).rejects.toThrow('HTTP 404 task_not_found');
  (await watchBy(await issue(key))).close();
  // Newest first: once the own task is here, the foreign one would be.
  const all = await watch(fixture.service, undefined, { key: key.secret });
  await all.waitFor(({ task_id }) => task_id === taskId);
  expect(all.updates.map(({ task_id }) => task_id)).not.toContain(foreign);
  all.close();
});

it('writes a refused login to the audit log, once per address and minute', async () => {
  const { items } = await fixture.store.auditLog.findPage({ limit: 10, operation: 'login' });
  expect(items).toMatchObject([{ address: '127.0.0.1', status: 401, code: 'unauthorised' }]);
});
