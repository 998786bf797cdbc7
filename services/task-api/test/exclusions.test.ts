import { DAYS } from '@cyberstroll/contracts';
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

const BASE = '/api/exclusions';
async function exclude(target: string, more: object = {}) {
  const { status, body } = await api('POST', BASE, { body: { target, reason: 'a heart monitor', ...more } });
  expect([status, body.operator]).toEqual([201, 'otto']);
  return body as { exclusion_id: string; target: string; state: string };
}
const create = (task_target: string, more: object = {}) =>
  api('POST', '/api/tasks', { body: newTask({ task_target, ...more }) });
const within = (ms: number) => new Date(Date.now() + ms).toISOString();

it('takes what is excluded out of new tasks, says how many and by what, and jobs say it to nodes', async () => {
  const { exclusion_id } = await exclude('127.1.0.77/26');
  const lost = { exclusion_id, target: '127.1.0.64/26', reason: 'a heart monitor' };
  const body = newTask({ task_target: '127.1.0.0/24', exclude_target: '127.1.0.0-65' });

  const plan = (await api('POST', '/api/tasks/dry-run', { body })).body;
  expect(plan).toMatchObject({ would_create: true, total_targets: 128, excluded: 66 });
  expect(plan.exclusions).toEqual({ count: 62, by: [{ ...lost, count: 62 }], ports: [] });

  const task = (await api('POST', '/api/tasks', { body })).body;
  expect(task).toMatchObject({ exclude_target: '127.1.0.0-65', progress: { total_targets: 128 } });
  expect(task.excluded).toEqual({ target: '127.1.0.66-127', count: 62, by: [{ ...lost, count: 62 }] });
  const { exclude_target } = await context.store.tasks.getJobSource(task.task_id);
  expect(exclude_target).toBe('127.1.0.0-65, 127.1.0.66-127');

  // Targets that an open task gets later go the same way.
  expect(await context.store.taskStates.createSubTasks(task.task_id, ['127.1.0.64-65', '127.2.0.1'])).toBe(1);
  const grown = (await api('GET', `/api/tasks/${task.task_id}`)).body;
  expect(grown.excluded).toEqual({ target: '127.1.0.64/26', count: 64, by: [{ ...lost, count: 64 }] });

  const { tasks } = (await api('GET', `${BASE}/${exclusion_id}`)).body;
  // It has no name: its targets stand for one.
  const name = task.task_target;
  expect(tasks).toEqual([{ task_id: task.task_id, name, status: 'CREATED', left_out: 64, cancelled: 0 }]);
});

it('refuses a task without any target left, and takes it once the exclusion is lifted', async () => {
  const { exclusion_id } = await exclude('127.3.0.0/24');
  const partly = (await create('127.3.0.200-127.3.1.9')).body;
  expect(partly.progress.total_targets).toBe(10);
  const problem = toProblemOf(await create('127.3.0.9'), 422, 'targets_excluded');
  expect(problem).toMatchObject({ field: 'task_target', entry: '127.3.0.0/24' });
  expect(problem.detail).toContain('127.3.0.0/24 is excluded: a heart monitor');
  const again = { task_initiator: 'tester', from_task: partly.task_id, only: 'excluded' };
  toProblemOf(await api('POST', '/api/tasks', { body: again }), 422, 'targets_excluded');

  const lifted = await api('DELETE', `${BASE}/${exclusion_id}?reason=replaced`);
  expect(lifted.body).toMatchObject({ state: 'ended', lifted_by: 'otto', lift_reason: 'replaced' });
  expect(lifted.body.tasks).toMatchObject([{ task_id: partly.task_id, left_out: 56 }]);
  expect((await api('DELETE', `${BASE}/${exclusion_id}`)).body).toEqual(lifted.body);
  expect((await create('127.3.0.9')).status).toBe(201);
  const rest = (await api('POST', '/api/tasks', { body: again })).body;
  expect(rest).toMatchObject({ only: 'excluded', progress: { total_targets: 56 } });
  expect(rest.excluded).toBeUndefined();
  const types = context.seen.events.map(({ type }) => type);
  expect(types).toEqual(expect.arrayContaining(['exclusion.created', 'exclusion.lifted']));
});

it('takes nothing before its start or after its end, and lists by state', async () => {
  const planned = await exclude('127.4.0.1', { start: within(3_600_000), end: within(7_200_000) });
  expect(planned.state).toBe('planned');
  expect((await create('127.4.0.1')).status).toBe(201);
  const idsOf = async (query: string) =>
    (await api('GET', `${BASE}${query}`)).body.items.map((each: typeof planned) => each.exclusion_id);
  expect(await idsOf('?state=planned')).toEqual([planned.exclusion_id]);
  expect(await idsOf('')).toContain(planned.exclusion_id);
  expect(await idsOf('?state=ended')).not.toContain(planned.exclusion_id);
  const [first, second] = [await idsOf('?limit=1'), await idsOf('')];
  expect(first).toEqual(second.slice(0, 1));
  const wrong = { start: within(7_200_000), end: within(3_600_000) };
  for (const more of [wrong, { end: within(-1) }, { reason: ' ' }, { target: '127.4.0.1-9' }]) {
    const body = { target: '127.4.0.1', reason: 'x', ...more };
    toProblemOf(await api('POST', BASE, { body }), 422, 'invalid_body');
  }
  const mapped = await api('POST', BASE, { body: { target: '::ffff:127.0.0.1', reason: 'x' } });
  expect(toProblemOf(mapped, 422, 'invalid_body')).toMatchObject({ field: 'target' });
});

it('leaves ports out, an address that has no other port, and nothing outside its hours', async () => {
  const printer = await exclude('127.9.0.0/31', { ports: '9100,515 22' });
  expect(printer).toMatchObject({ ports: '22,515,9100', state: 'in_force' });
  // DAYS begins with Monday: this is the day after today in UTC.
  const tomorrow = DAYS[new Date().getUTCDay()]!;
  const hours = [{ days: [tomorrow], from: '12:00', to: '12:01', time_zone: 'UTC' }];
  const weekly = await exclude('127.9.0.0/24', { hours });
  expect(weekly).toMatchObject({ hours, state: 'planned' });
  const listed = (await api('GET', `${BASE}?state=planned`)).body.items;
  expect(listed.map((each: typeof weekly) => each.exclusion_id)).toContain(weekly.exclusion_id);
  const inForce = (await api('GET', `${BASE}?state=in_force`)).body.items;
  expect(inForce.map((each: typeof weekly) => each.exclusion_id)).not.toContain(weekly.exclusion_id);

  const lost = { exclusion_id: printer.exclusion_id, target: '127.9.0.0/31', reason: 'a heart monitor', count: 2 };
  const planOf = async (ports: string) => {
    const body = newTask({ task_target: '127.9.0.0/30', scan: { ports } });
    const plan = (await api('POST', '/api/tasks/dry-run', { body })).body;
    const { body: task } = await api('POST', '/api/tasks', { body });
    return [plan.exclusions, task.progress.total_targets];
  };
  expect(await planOf('22,80')).toEqual([{ count: 0, by: [], ports: [{ ...lost, ports: '22' }] }, 4]);
  expect(await planOf('22')).toEqual([{ count: 2, by: [lost], ports: [] }, 2]);
  for (const more of [{ ports: 'sshd' }, { ports: '' }, { hours: [] }, { hours: [{ ...hours[0], days: [] }] }]) {
    const body = { target: '127.9.0.1', reason: 'x', ...more };
    toProblemOf(await api('POST', BASE, { body }), 422, 'invalid_body');
  }
  const { items } = (await api('GET', '/api/audit?operation=createExclusion', { key: KEYS.admin })).body;
  expect(items.map(({ after }: { after: string }) => after)).toContain('127.9.0.0/31; ports 22,515,9100');
});

it('is made once under an Idempotency-Key, only by operators, and is in the audit log', async () => {
  const body = { target: '127.5.0.1', reason: 'once' };
  const post = () => api('POST', BASE, { body, headers: { 'idempotency-key': 'once' } });
  const [one, other] = [await post(), await post()];
  expect(other.body).toEqual(one.body);
  toProblemOf(await api('POST', BASE, { body, key: KEYS.viewer }), 403, 'forbidden');
  toProblemOf(await api('GET', `${BASE}/${'f'.repeat(24)}`), 404, 'exclusion_not_found');
  const { items } = (await api('GET', '/api/audit?operation=createExclusion', { key: KEYS.admin })).body;
  expect(items).toContainEqual(
    expect.objectContaining({ subject: one.body.exclusion_id, reason: 'once', after: '127.5.0.1', operator: 'otto' }),
  );
});

it('a key with networks excludes, sees and lifts only inside of them', async () => {
  const networks = { name: 'team-a', role: 'operator', networks: ['127.6.0.0/16'] };
  const { secret: key } = (await api('POST', '/api/keys', { key: KEYS.admin, body: networks })).body;
  const foreign = await exclude('127.7.0.1');
  const wide = await exclude('127.6.0.0/15');
  const post = (target: string) => api('POST', BASE, { key, body: { target, reason: 'ours' } });
  const own = (await post('127.6.1.0/24')).body;
  expect(toProblemOf(await post('127.6.0.0/15'), 422, 'out_of_scope')).toMatchObject({ field: 'target' });
  for (const { exclusion_id } of [foreign, wide]) {
    toProblemOf(await api('GET', `${BASE}/${exclusion_id}`, { key }), 404, 'exclusion_not_found');
    toProblemOf(await api('DELETE', `${BASE}/${exclusion_id}`, { key }), 404, 'exclusion_not_found');
  }
  expect((await api('GET', BASE, { key })).body.items).toEqual([own]);
  // Of the tasks that lost something it shows those inside.
  await create('127.6.1.1,127.8.0.1');
  await api('DELETE', `${BASE}/${wide.exclusion_id}`);
  const { task_id } = (await create('127.6.1.2,127.6.2.1')).body;
  expect((await api('GET', `${BASE}/${own.exclusion_id}`)).body.tasks).toHaveLength(2);
  expect((await api('GET', `${BASE}/${own.exclusion_id}`, { key })).body.tasks).toMatchObject([{ task_id }]);
  expect((await api('DELETE', `${BASE}/${own.exclusion_id}`, { key })).body.state).toBe('ended');
});
