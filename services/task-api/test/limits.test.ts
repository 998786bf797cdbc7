import { type Api, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

it('adds a limit, shows its use, changes its numbers, removes it, and audits all of it', async () => {
  const body = { covers: { network: '127.5.0.0/16' }, max_concurrent: 5, reason: 'a weak firewall' };
  await context.runningTask(['SCANNING', 'COMPLETED'], { task_target: '127.5.0.0/30' });
  const created = await api('POST', '/api/limits', { body });
  const { limit_id } = created.body;
  expect(created).toMatchObject({ status: 201, body: { ...body, operator: 'otto' } });
  expect(created.headers.get('location')).toBe(`/api/limits/${limit_id}`);
  const path = `/api/limits/${limit_id}`;
  const change = { max_concurrent: null, max_starts_per_second: 2.5 };
  const changed = (await api('PATCH', path, { body: change })).body;
  expect(changed).toMatchObject({ max_starts_per_second: 2.5, reason: 'a weak firewall' });
  expect(changed).not.toHaveProperty('max_concurrent');
  const { items } = (await api('GET', '/api/limits')).body;
  expect(items).toEqual([changed]);
  expect(items[0].use).toMatchObject({ tasks: 1 });
  toProblemOf(await api('PATCH', path, { body: { max_starts_per_second: null } }), 400, 'limit_without_numbers');
  expect((await api('DELETE', `${path}?reason=done`)).body).toMatchObject({ limit_id });
  toProblemOf(await api('DELETE', path), 404, 'limit_not_found');
  const audit = (await api('GET', '/api/audit?limit=10', { key: KEYS.admin })).body.items;
  const of = (operation: string) => audit.find((entry: { operation: string }) => entry.operation === operation);
  expect(of('createLimit')).toMatchObject({ subject: limit_id });
  expect(of('changeLimit')).toBeDefined();
});

it('has a number for each prefix, and windows', async () => {
  const task_id = await context.runningTask(['SCANNING', 'ASSIGNED', 'COMPLETED'], {
    name: 'nightly',
    task_target: '127.6.0.0/30',
    config: { order: 'sequential' },
  });
  const windows = [{ days: ['mon'], from: '08:00', to: '18:00', time_zone: 'Europe/Berlin' }];
  const body = { covers: { network: '127.6.0.0/16' }, per_prefix: { max_concurrent: 3 }, windows };
  const created = (await api('POST', '/api/limits', { body })).body;
  const per_prefix = { max_concurrent: 3, ipv4_length: 24, ipv6_length: 64 };
  expect(created).toMatchObject({ per_prefix, windows, use: { fullest_prefix: { prefix: '127.6.0.0/24' } } });
  expect(created.use.held_by).toEqual([{ task_id, name: 'nightly', outstanding: 3 }]);
  const path = `/api/limits/${created.limit_id}`;
  const always = (await api('PATCH', path, { body: { windows: null } })).body;
  expect(always).toMatchObject({ per_prefix, in_force: true });
  expect(always).not.toHaveProperty('windows');
  toProblemOf(await api('PATCH', path, { body: { per_prefix: null } }), 400, 'limit_without_numbers');
  expect((await api('DELETE', path)).status).toBe(200);
});

it.each([
  ['a prefix of no length', { covers: { all: true }, per_prefix: { max_concurrent: 1, ipv4_length: 0 } }],
  ['no number in a prefix', { covers: { all: true }, per_prefix: { ipv4_length: 24 } }],
  ['no number', { covers: { all: true } }],
  ['nothing covered', { max_concurrent: 1 }],
  ['two things covered', { covers: { all: true, pool: 'edge' }, max_concurrent: 1 }],
  ['a range instead of a network', { covers: { network: '10.0.0.1-5' }, max_concurrent: 1 }],
  ['none at once', { covers: { all: true }, max_concurrent: 0 }],
])('refuses a limit with %s', async (_name, body) => {
  toProblemOf(await api('POST', '/api/limits', { body }), 422, 'invalid_body');
});

it('stores a network without host bits, and refuses one that no target can be in', async () => {
  const body = { covers: { network: '127.7.0.9/24' }, max_concurrent: 1 };
  const created = (await api('POST', '/api/limits', { body })).body;
  expect(created.covers).toEqual({ network: '127.7.0.0/24' });
  expect((await api('DELETE', `/api/limits/${created.limit_id}`)).body.covers).toEqual({ network: '127.7.0.0/24' });
  const mapped = { covers: { network: '::ffff:127.0.0.1' }, max_concurrent: 1 };
  const refused = toProblemOf(await api('POST', '/api/limits', { body: mapped }), 422, 'invalid_body');
  expect(refused.errors).toMatchObject([{ field: 'covers.network', message: expect.stringMatching(/IPv4-mapped/) }]);
  expect((await api('GET', '/api/limits')).body.items).toEqual([]);
});

it('lets a key with networks limit only tasks wholly inside them, and see and change only such limits', async () => {
  const keyBody = { name: 'team-limits', role: 'operator', networks: ['127.1.0.0/16'] };
  const { secret: key } = (await api('POST', '/api/keys', { key: KEYS.admin, body: keyBody })).body;
  const add = (covers: object, options = {}) =>
    api('POST', '/api/limits', { body: { covers, max_concurrent: 9 }, ...options });
  for (const [covers, field] of [
    [{ all: true }, 'covers'],
    [{ pool: 'default' }, 'covers'],
    [{ network: '127.0.0.0/8' }, 'covers.network'],
  ] as const) {
    expect(toProblemOf(await add(covers, { key }), 422, 'out_of_scope').field).toBe(field);
  }
  const network = '127.1.2.0/24';
  // Half of the second task is another team's.
  for (const task_target of [network, '127.1.2.0/24,127.2.0.0/24']) {
    await context.runningTask(['SCANNING'], { task_target });
  }
  const foreign = (await add({ network })).body;
  const own = (await add({ network }, { key })).body;
  expect([foreign.use.tasks, own.use.tasks, own.within]).toEqual([2, 1, ['127.1.0.0/16']]);
  expect((await api('GET', '/api/limits', { key })).body.items).toMatchObject([{ limit_id: own.limit_id }]);
  const path = `/api/limits/${foreign.limit_id}`;
  toProblemOf(await api('PATCH', path, { key, body: { max_concurrent: 1 } }), 404, 'limit_not_found');
  toProblemOf(await api('DELETE', path, { key }), 404, 'limit_not_found');
  expect((await api('DELETE', `/api/limits/${own.limit_id}`, { key })).status).toBe(200);
  expect((await api('DELETE', path)).status).toBe(200);
});
