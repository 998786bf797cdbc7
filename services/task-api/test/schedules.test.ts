import { eventually } from '@cyberstroll/testkit';
import { type Answer, type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

const SCHEDULES = '/api/schedules';
const nightly = (change: object = {}) => ({
  name: 'nightly',
  template: newTask({ task_target: '127.1.0.0/30' }),
  cron: '30 2 * * *',
  time_zone: 'Europe/Berlin',
  ...change,
});
const create = async (change: object = {}) => (await api('POST', SCHEDULES, { body: nightly(change) })).body;
const etagOf = ({ headers }: Answer) => headers.get('etag')!;
const findRuns = async (id: string, key = KEYS.operator) =>
  (await api('GET', `${SCHEDULES}/${id}/runs`, { key })).body.items;

it('shows the next ten planned times before it is saved, and when it is read', async () => {
  const plan = await api('POST', `${SCHEDULES}/dry-run`, { body: nightly({ jitter: 900 }) });
  expect(plan.body.total_targets).toBe(4);
  expect(plan.body.next_times).toHaveLength(10);
  const headers = { 'idempotency-key': 'nightly' };
  const created = await api('POST', SCHEDULES, { body: nightly({ jitter: 900 }), headers });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    next_times: plan.body.next_times,
    next_time: plan.body.next_times[0],
    operator: 'otto',
  });
  const repeat = await api('POST', SCHEDULES, { body: nightly({ jitter: 900 }), headers });
  expect(repeat.body.schedule_id).toBe(created.body.schedule_id);
  const read = await api('GET', created.headers.get('location')!);
  expect(read.body).toEqual(created.body);
  // Defaults are those of the time when a task is created.
  expect(read.body.template).toEqual(nightly().template);
  expect((await api('GET', SCHEDULES)).body.items).toContainEqual(
    expect.objectContaining({ schedule_id: created.body.schedule_id, catch_up: 3_600, overlap: 'skip' }),
  );
});

describe('a list with planned times', () => {
  const listPlanned = (planned_from: string, planned_days: number) =>
    api('GET', `${SCHEDULES}?${new URLSearchParams({ planned_from, planned_days: `${planned_days}` })}`);

  it('has those from the first moment on, before the last day is over; none of a paused schedule', async () => {
    const { schedule_id } = await create({ end: '2099-10-27T00:00:00Z' });
    const quarterly = await create({ cron: '*/15 * * * *' });
    const paused = await create();
    await api('POST', `${SCHEDULES}/${paused.schedule_id}/pause`);
    const read = async (from: string, days: number) => {
      const { items } = (await listPlanned(from, days)).body;
      return (id: string) => items.find((each: { schedule_id: string }) => each.schedule_id === id).planned_times;
    };
    // The clocks of its zone are put back on 2099-10-25.
    const times = ['24T00:30', '25T00:30', '26T01:30'].map((time) => `2099-10-${time}:00.000Z`);
    const ofWeek = await read(times[0]!, 8);
    expect([schedule_id, paused.schedule_id].map(ofWeek)).toEqual([times, []]);
    expect(ofWeek(quarterly.schedule_id)).toHaveLength(672);
    expect((await read('2099-10-24T00:30:00.001Z', 1))(schedule_id)).toEqual([times[1]]);
    expect((await read(times[0]!, 1))(schedule_id)).toEqual([times[0]]);
  });

  it('has 50 schedules a page at most, and the next page continues there', async () => {
    for (let i = 0; i < 51; i++) await create();
    const { items, next_cursor } = (await listPlanned('2099-10-24T00:00:00Z', 1)).body;
    expect(items).toHaveLength(50);
    expect(next_cursor).toBe(items[49].schedule_id);
  });

  it('is refused with more than 8 days', async () => {
    const problem = toProblemOf(await listPlanned('2099-10-24T00:00:00Z', 9), 400, 'invalid_query');
    expect(problem).toMatchObject({ field: 'planned_days', detail: expect.stringContaining('at most 8') });
  });
});

it.each([
  ['both times', { every: 60 }, 'invalid_body', 'cron'],
  ['no time', { cron: undefined }, 'invalid_body', 'cron'],
  ['a line that cannot be read', { cron: '61 * * * *' }, 'invalid_body', 'cron'],
  ['an unknown zone', { time_zone: 'Mars/Base' }, 'invalid_body', 'time_zone'],
  ['an end before its start', { start: '2099-01-02T00:00:00Z', end: '2099-01-01T00:00:00Z' }, 'invalid_body', 'end'],
  ['an end in the past', { end: '2000-01-01T00:00:00Z' }, 'invalid_body', 'end'],
  [
    'no planned time before its end',
    { start: '2099-01-01T03:00:00Z', end: '2099-01-01T03:01:00Z' },
    'invalid_body',
    'end',
  ],
  [
    'targets that cannot be read',
    { template: newTask({ task_target: '::ffff:127.0.0.1' }) },
    'invalid_targets',
    'template.task_target',
  ],
  [
    'a task that cannot be',
    { template: { ...newTask(), scan: { ports: '0' } } },
    'invalid_body',
    'template.scan.ports',
  ],
  [
    'another task',
    { template: { from_task: 'a'.repeat(24), task_initiator: 'x' } },
    'invalid_body',
    'template.task_target',
  ],
  [
    'targets outside the scope',
    { template: newTask({ task_target: '8.8.8.8' }) },
    'out_of_scope',
    'template.task_target',
  ],
])('refuses a schedule with %s', async (_what, change, code, field) => {
  for (const path of [SCHEDULES, `${SCHEDULES}/dry-run`]) {
    expect(toProblemOf(await api('POST', path, { body: nightly(change) }), 422, code)).toMatchObject({ field });
  }
});

it('is changed where it has the version that was read; what is not given stays', async () => {
  const { schedule_id } = await create({ pause_after_failures: 3 });
  const path = `${SCHEDULES}/${schedule_id}`;
  const read = await api('GET', path);
  const headers = { 'if-match': etagOf(read) };
  const body = { every: 3_600, pause_after_failures: null, name: 'hourly' };
  const changed = await api('PATCH', path, { body, headers, key: KEYS.other });
  expect(changed.body).toMatchObject({ name: 'hourly', every: 3_600, time_zone: 'Europe/Berlin', operator: 'olga' });
  expect(changed.body).not.toHaveProperty('cron');
  expect(changed.body).not.toHaveProperty('pause_after_failures');
  expect(Date.parse(changed.body.next_times[1]) - Date.parse(changed.body.next_times[0])).toBe(3_600_000);
  toProblemOf(await api('PATCH', path, { body, headers }), 412, 'version_changed');
  toProblemOf(await api('DELETE', path, { headers }), 412, 'version_changed');

  const paused = await api('POST', `${path}/pause`, { body: { reason: 'maintenance' } });
  expect(paused.body).toMatchObject({ paused: true, paused_by: 'otto', pause_reason: 'maintenance' });
  expect(paused.body).not.toHaveProperty('next_time');
  expect(etagOf(await api('POST', `${path}/pause`))).toBe(etagOf(paused));
  const resumed = await api('POST', `${path}/resume`);
  expect(resumed.body).toMatchObject({ paused: false, next_time: resumed.body.next_times[0] });
  expect(resumed.body).not.toHaveProperty('pause_reason');
});

it('runs when it is commanded; its task names it, and stays when it is deleted', async () => {
  const { schedule_id } = await create();
  const path = `${SCHEDULES}/${schedule_id}`;
  await api('POST', `${path}/pause`);
  const headers = { 'idempotency-key': 'run' };
  const { body: run } = await api('POST', `${path}/run`, { headers });
  expect((await api('POST', `${path}/run`, { headers })).body.planned_time).toBe(run.planned_time);
  await eventually(async () =>
    expect(await findRuns(schedule_id)).toMatchObject([{ outcome: 'created', requested_by: 'otto' }]),
  );
  const [{ task_id }] = await findRuns(schedule_id);
  const { items } = (await api('GET', `/api/tasks?schedule_id=${schedule_id}`)).body;
  expect(items).toMatchObject([{ task_id, schedule_id, planned_time: run.planned_time, labels: [] }]);
  const audit = (await api('GET', `/api/audit?task_id=${task_id}`, { key: KEYS.admin })).body.items;
  expect(audit).toMatchObject([{ operation: 'createTask', operator: 'otto', subject: schedule_id }]);

  expect((await api('DELETE', `${path}?reason=old`)).body.schedule_id).toBe(schedule_id);
  toProblemOf(await api('GET', path), 404, 'schedule_not_found');
  toProblemOf(await api('GET', `${path}/runs`), 404, 'schedule_not_found');
  expect((await api('GET', `/api/tasks/${task_id}`)).body.schedule_id).toBe(schedule_id);
});

it('a key with networks has only schedules inside; once it is revoked, they create nothing', async () => {
  const body = { name: 'team-a', role: 'operator', networks: ['127.1.0.0/16'] };
  const { secret: key, key_id } = (await api('POST', '/api/keys', { key: KEYS.admin, body })).body;
  const outside = { template: newTask({ task_target: '127.2.0.1' }) };
  const foreign = (await create(outside)).schedule_id;
  const inside = (await create()).schedule_id;
  const path = `${SCHEDULES}/${foreign}`;
  const asked = [
    await api('GET', path, { key }),
    await api('PATCH', path, { key, body: { name: 'mine' } }),
    await api('DELETE', path, { key }),
    await api('GET', `${path}/runs`, { key }),
  ];
  for (const command of ['pause', 'resume', 'run']) asked.push(await api('POST', `${path}/${command}`, { key }));
  for (const answer of asked) toProblemOf(answer, 404, 'schedule_not_found');
  toProblemOf(await api('POST', SCHEDULES, { key, body: nightly(outside) }), 422, 'out_of_scope');
  toProblemOf(await api('PATCH', `${SCHEDULES}/${inside}`, { key, body: outside }), 422, 'out_of_scope');
  const listed = JSON.stringify((await api('GET', SCHEDULES, { key })).body);
  expect(listed).toContain(inside);
  expect(listed).not.toContain(foreign);

  expect((await api('PATCH', `${SCHEDULES}/${inside}`, { key, body: {} })).body.operator).toBe('team-a');
  await api('POST', `/api/keys/${key_id}/revoke`, { key: KEYS.admin });
  // As if its time had come.
  await context.store.schedules.change(inside, (known) => {
    const planned = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    return { ...known, next_time: planned, due_time: planned };
  });
  await eventually(async () =>
    expect((await api('GET', `${SCHEDULES}/${inside}`)).body).toMatchObject({
      paused: true,
      pause_reason: 'the API key of team-a was revoked',
    }),
  );
  expect(await findRuns(inside)).toMatchObject([{ outcome: 'failed', error: { code: 'forbidden' } }]);
  expect((await api('GET', `/api/tasks?schedule_id=${inside}`)).body.items).toEqual([]);
});
