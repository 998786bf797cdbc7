import { OPERATIONS, type Operation, type OperationId } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { type Answer, type Api, newTask, openStream, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

const INSIDE = '127.1.0.0/30';
const OUTSIDE = '127.2.0.0/30';
/** Of no task. */
const NOBODY = 'f'.repeat(24);

let context: Fixture;
let api: Api;
let own: string;
let foreign: string;
let key: string;
/** Where a scan found something. */
let hosts: { own: string; foreign: string };

beforeAll(async () => {
  context = await setup();
  api = context.api;
  own = await context.runningTask(['COMPLETED', 'FAILED'], { task_target: INSIDE });
  foreign = await context.runningTask(['COMPLETED', 'FAILED'], { task_target: OUTSIDE });
  while (await context.store.inventory.followOnce());
  const toHost = async (taskId: string) => (await context.store.subTasks.getSubTask(`${taskId}-0`)).ip;
  hosts = { own: await toHost(own), foreign: await toHost(foreign) };
  const body = { name: 'team-a', role: 'operator', networks: ['127.1.0.0/16'] };
  key = (await api('POST', '/api/keys', { key: KEYS.admin, body })).body.secret;
});
afterAll(() => context?.cleanup());

/** A request of an operation about a task. */
function call(id: OperationId, taskId: string) {
  const { method, path, examples, networks }: Operation = OPERATIONS[id];
  const ids: Record<string, string> = { task_id: taskId, subtask_id: `${taskId}-0`, other_id: taskId, ip: hosts.own };
  const place = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? 'a'.repeat(24));
  const body = method === 'GET' ? undefined : (Object.values(examples ?? {})[0] ?? {});
  // A text that the ids of both tasks begin with.
  const query = id === 'search' ? `?q=${taskId.slice(0, 6)}` : '';
  return api(method, `${place}${query}`, {
    key,
    ...(body && { body: { ...body, ...(networks === 'targets' && newTask({ task_target: OUTSIDE })) } }),
  });
}
/** The changes until now. */
async function readStream() {
  const stream = await openStream(context.service.port(), '/api/changes/events?from=0', { key });
  await eventually(() => expect(stream.text).toContain('event: change'));
  stream.close();
  return { status: 200, body: stream.text };
}

const withoutIds = (body: unknown, taskId: string) =>
  JSON.stringify(body)
    .replaceAll(taskId, '…')
    .replace(/"request_id":"[^"]*"/, '');

describe('a key with networks gets nothing of a task outside of them', () => {
  const rules = Object.entries(OPERATIONS).map(([id, { networks }]) => [id as OperationId, networks] as const);
  it.each(rules)('%s: %s', async (id, rule) => {
    const answer = id === 'streamChanges' ? await readStream() : await call(id, foreign);
    if (rule === 'refused') toProblemOf(answer as Answer, 403, 'forbidden');
    if (rule === 'targets') {
      if (id === 'planTask')
        expect(answer.body).toMatchObject({ would_create: false, refused: [{ code: 'out_of_scope' }] });
      else toProblemOf(answer as Answer, 422, 'out_of_scope');
      const again = { from_task: foreign, task_initiator: 'tester' };
      toProblemOf(await api('POST', OPERATIONS[id].path, { key, body: again }), 404, 'task_not_found');
    }
    if (rule === 'task') {
      toProblemOf(answer as Answer, 404, 'task_not_found');
      expect(withoutIds(answer.body, foreign)).toBe(withoutIds((await call(id, NOBODY)).body, NOBODY));
    }
    if (rule === 'filtered') {
      expect(answer.status).toBeLessThan(300);
      // Of results that are counted, there is one host.
      const expected = id === 'countResults' ? '"hosts":1,' : own;
      if (OPERATIONS[id].method === 'GET') expect(JSON.stringify(answer.body)).toContain(expected);
      expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`${foreign}|127\\.2\\.`));
    }
  });

  it('and nothing happened to the task', async () => {
    const { body } = await api('GET', `/api/tasks/${foreign}`);
    expect(body).toMatchObject({ status: 'RUNNING', progress: { failed_count: 1, retries_total: 0 } });
    const { items } = (await api('GET', `/api/audit?task_id=${foreign}&limit=1000`, { key: KEYS.admin })).body;
    for (const { code } of items.filter(({ status }: { status: number }) => status !== 201))
      expect(['task_not_found', 'forbidden']).toContain(code);
    expect(items.map(({ operation }: { operation: string }) => operation)).toContain('cancelTask');
  });
});

it('it sees, creates and commands tasks inside', async () => {
  const get = async (path: string) => (await api('GET', path, { key })).status;
  const of = (path: string) => `/api/tasks/${own}${path}`;
  for (const path of [
    '',
    '/status',
    '/progress',
    '/statistics',
    '/nodes',
    '/ports',
    '/subtasks',
    `/subtasks/${own}-0`,
    '/results',
  ]) {
    expect([path, await get(of(path))]).toEqual([path, 200]);
  }
  const { body: csv } = await api('GET', '/api/results?format=csv', { key });
  expect(csv).toContain(own);
  expect(csv).not.toContain(foreign);
  expect((await api('GET', `/api/results?task_id=${foreign}`, { key })).body.items).toEqual([]);
  expect((await api('GET', `/api/results/facets?task_id=${foreign}`, { key })).body.hosts).toBe(0);
  expect(await get(`/api/hosts/${hosts.foreign}`)).toBe(404);
  expect(await get(of(`/diff/${own}`))).toBe(200);
  expect([await get(of(`/diff/${foreign}`)), await get(`/api/tasks/${foreign}/diff/${own}`)]).toEqual([404, 404]);
  const again = { from_task: own, task_initiator: 'tester' };
  expect((await api('POST', '/api/tasks/dry-run', { key, body: again })).body.would_create).toBe(true);
  expect((await api('POST', of('/pause'), { key })).body.status).toBe('PAUSED');
  const created = await api('POST', '/api/tasks', { key, body: newTask({ task_target: '127.1.9.0/24' }) });
  expect(created.status).toBe(201);
});

it('names the first address outside, and refuses too many pieces if their joined ranges are outside', async () => {
  const refusedFor = async (name: string, networks: string[], task_target: string) => {
    const body = { name, role: 'operator', networks };
    const { secret } = (await api('POST', '/api/keys', { key: KEYS.admin, body })).body;
    return toProblemOf(
      await api('POST', '/api/tasks', { key: secret, body: newTask({ task_target }) }),
      422,
      'out_of_scope',
    );
  };
  const outside = await refusedFor('b', ['127.1.0.0/16'], '127.1.0.1,127.2.0.9');
  expect(outside).toMatchObject({ entry: '127.2.0.9', field: 'task_target' });
  expect(outside.detail).toContain('"127.2.0.9" is outside the networks of your API key (127.1.0.0/16)');
  // 70 single addresses with gaps of 2, and a gap of 1 that is outside: the smallest gaps are joined.
  const pieces = Array.from({ length: 70 }, (_, i) => `127.1.8.${i * 3}`);
  const joined = await refusedFor(
    'c',
    ['127.1.0.0', '127.1.0.2', '127.1.8.0/24'],
    ['127.1.0.0,127.1.0.2', ...pieces].join(),
  );
  expect(joined.detail).toContain('in more than 64 pieces');
});
