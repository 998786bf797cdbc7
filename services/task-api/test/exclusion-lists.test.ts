import { type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;

beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

const BASE = '/api/exclusion-lists';
const LIST = { name: 'hospital devices', owner: 'medical engineering', reason: 'scans have stopped them' };
const post = (entries: string, more: object = {}) => api('POST', BASE, { body: { ...LIST, entries, ...more } });
const create = async (entries: string) => {
  const { status, body } = await post(entries);
  expect([status, body.operator, body.revision]).toEqual([201, 'otto', 1]);
  return body as { exclusion_id: string };
};
const createTask = async (task_target: string, ports = '22') =>
  (await api('POST', '/api/tasks', { body: newTask({ task_target, scan: { ports } }) })).body;
const toPath = ({ exclusion_id }: { exclusion_id: string }) => `${BASE}/${exclusion_id}`;

it('takes out of new tasks what its entries name, whole addresses and ports, and names itself once', async () => {
  const list = await create('127.1.0.2\n127.1.0.4-5 # two\n127.1.0.8/31 22,9100\n');
  const by = { exclusion_id: list.exclusion_id, target: LIST.name, reason: LIST.reason };
  const some = await createTask('127.1.0.0/28', '22,80');
  expect(some.excluded).toMatchObject({ target: '127.1.0.2,127.1.0.4/31', by: [{ ...by, count: 3 }] });
  const all = await createTask('127.1.0.0/28', '22');
  expect(all.excluded).toEqual({ target: '127.1.0.2,127.1.0.4/31,127.1.0.8/31', count: 5, by: [{ ...by, count: 5 }] });
  expect((await api('GET', '/api/exclusions')).body.items).toEqual([]);
  toProblemOf(await api('GET', `/api/exclusions/${list.exclusion_id}`), 404, 'exclusion_not_found');
  expect((await api('GET', BASE)).body.items).toMatchObject([{ ...LIST, entry_count: 3, state: 'in_force' }]);
  await api('DELETE', toPath(list));
});

it('takes all of a file or nothing, and says what is wrong by line', async () => {
  const problem = toProblemOf(await post('127.2.0.1\n127.2.0.300\n127.2.0.2 x'), 422, 'invalid_body');
  expect(problem.errors).toMatchObject([
    { field: 'entries', message: 'line 2: an octet is more than 255' },
    { field: 'entries', message: expect.stringMatching(/^line 3: /) },
  ]);
  expect((await api('GET', BASE)).body.items).toEqual([]);
  expect((await createTask('127.2.0.1')).progress.total_targets).toBe(1);
});

it('a dry run says what a change would do to open tasks, and the change replaces all at once', async () => {
  const list = await create('127.3.0.0/30');
  await createTask('127.3.0.0/24');
  await createTask('127.3.1.0/24');
  const entries = 'target,note\r\n127.3.0.128-127.3.1.9,servers\r\n127.9.0.1,\r\n';
  const put = (more: object = {}) => api('PUT', toPath(list), { body: { entries, ...more } });
  const change = { added: 2, gone: 1, kept: 0 };
  const effect = { open_tasks: 2, lost_addresses: 138, more_tasks: false };
  expect((await put({ dry_run: true })).body).toEqual({ ...change, ...effect });
  expect((await post(entries, { dry_run: true })).body).toEqual({ ...change, gone: 0, ...effect });
  expect((await api('GET', toPath(list))).body).toMatchObject({ revision: 1, entry_count: 1 });
  const { body } = await put();
  expect(body).toMatchObject({ ...change, list: { ...LIST, revision: 2, entry_count: 2, updated_by: 'otto' } });
  const task = await createTask('127.3.0.0/24');
  expect(task.excluded).toMatchObject({ target: '127.3.0.128/25' });

  const path = `${toPath(list)}/entries`;
  const first = (await api('GET', `${path}?limit=1`)).body;
  expect(first.items).toEqual([{ target: '127.3.0.128-127.3.1.9', note: 'servers' }]);
  expect((await api('GET', `${path}?cursor=${first.next_cursor}`)).body).toEqual({ items: [{ target: '127.9.0.1' }] });
  const read = async (format: string) => (await api('GET', `${path}?format=${format}`)).body;
  expect(await read('text')).toBe('127.3.0.128-127.3.1.9 # servers\n127.9.0.1\n');
  expect(await read('csv')).toBe('target,ports,note\r\n127.3.0.128-127.3.1.9,,servers\r\n127.9.0.1,,\r\n');
  expect(context.seen.events.map(({ type }) => type)).toContain('exclusion.changed');

  const lifted = (await api('DELETE', `${toPath(list)}?reason=replaced`)).body;
  expect(lifted).toMatchObject({ state: 'ended', lift_reason: 'replaced' });
  expect((await api('DELETE', toPath(list))).body).toEqual(lifted);
  toProblemOf(await put(), 404, 'exclusion_not_found');
  expect((await createTask('127.9.0.1')).excluded).toBeUndefined();
});

it('is made once under an Idempotency-Key, only by operators, and is in the audit log', async () => {
  const body = { ...LIST, entries: '127.4.0.1' };
  const once = () => api('POST', BASE, { body, headers: { 'idempotency-key': 'list' } });
  const [one, other] = [await once(), await once()];
  expect(other.body).toEqual(one.body);
  toProblemOf(await api('POST', BASE, { body, key: KEYS.viewer }), 403, 'forbidden');
  toProblemOf(await api('PUT', toPath(one.body), { body, key: KEYS.viewer }), 403, 'forbidden');
  const { items } = (await api('GET', '/api/audit?operation=createExclusionList', { key: KEYS.admin })).body;
  expect(items).toContainEqual(
    expect.objectContaining({ subject: one.body.exclusion_id, after: 'hospital devices: 1 entries', operator: 'otto' }),
  );
});

it('all lists together have 100,000 entries at most, and a key with networks has lists inside of them', async () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `127.${50 + (n >> 8)}.${n & 255}.1`).join('\n');
  const lists = [];
  for (let n = 0; n < 4; n++) lists.push(await create(many));
  toProblemOf(await post(many), 409, 'too_many_exclusions');
  for (const list of lists) await api('DELETE', toPath(list));
  const networks = { name: 'team-a', role: 'operator', networks: ['127.6.0.0/16'] };
  const { secret: key } = (await api('POST', '/api/keys', { key: KEYS.admin, body: networks })).body;
  const foreign = await create('127.6.0.1\n127.7.0.1');
  const own = (await api('POST', BASE, { key, body: { ...LIST, entries: '127.6.0.1' } })).body;
  const wide = { ...LIST, entries: '127.6.0.1\n127.8.0.0/24' };
  expect(toProblemOf(await api('POST', BASE, { key, body: wide }), 422, 'out_of_scope').entry).toBe('127.8.0.0/24');
  for (const method of ['GET', 'DELETE'] as const) {
    toProblemOf(await api(method, toPath(foreign), { key }), 404, 'exclusion_not_found');
  }
  toProblemOf(await api('PUT', toPath(foreign), { key, body: { entries: '127.6.0.2' } }), 404, 'exclusion_not_found');
  toProblemOf(await api('PUT', toPath(own), { key, body: { entries: '127.7.0.2' } }), 422, 'out_of_scope');
  expect((await api('GET', BASE, { key })).body.items).toEqual([own]);
});
