import { eventually } from '@cyberstroll/testkit';
import { type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
beforeAll(async () => {
  fixture = await setup();
  ({ api } = fixture);
});
afterAll(() => fixture?.cleanup());

type Audited = { subject?: string; status: number };

const freeze = (body: object, call: object = {}) =>
  api('POST', '/api/freezes', { body: { reason: 'an outage', ...body }, ...call });
const lift = (id: string) => api('DELETE', `/api/freezes/${id}?reason=over`);
const inSeconds = (seconds: number) => new Date(Date.now() + 1_000 * seconds).toISOString();

it('covers a network without host bits, and none that no target can be in', async () => {
  const made = await freeze({ covers: { network: '127.9.0.5/24' } });
  expect(made.body.covers).toEqual({ network: '127.9.0.0/24' });
  await lift(made.body.freeze_id);
  const mapped = { covers: { network: '::ffff:127.0.0.1' }, from: inSeconds(60), until: inSeconds(120) };
  expect(toProblemOf(await freeze(mapped), 422, 'invalid_body')).toMatchObject({ field: 'covers.network' });
});

it('holds the tasks that it covers at once, informs nodes, and is the reason wherever a task waits', async () => {
  const { seen } = fixture;
  const task_id = await fixture.runningTask(['SCANNING', 'ASSIGNED']);
  const until = inSeconds(3_600);
  const made = await freeze({ covers: { all: true }, until });
  expect(made).toMatchObject({
    status: 201,
    body: { kind: 'freeze', operator: 'otto', until, tasks: 1, sent_to_nodes: true },
  });
  const { freeze_id } = made.body;
  await eventually(() => expect(seen.control).toContainEqual({ task_ids: [task_id], state: 'paused' }));
  const { body: held } = await api('GET', `/api/tasks/${task_id}`);
  expect(held).toMatchObject({
    status: 'RUNNING',
    hold: { code: 'frozen', freeze_id, reason: 'an outage' },
    waiting_reason: { code: 'frozen', until, message: expect.stringMatching(/^frozen by otto.*: an outage$/) },
  });
  const { items } = (await api('GET', `/api/tasks/${task_id}/subtasks`)).body;
  expect(items.map(({ waiting_reason }: { waiting_reason?: { code: string } }) => waiting_reason?.code)).toEqual(
    expect.arrayContaining(['frozen']),
  );
  // A resume lets nothing through, and a new task is held from its first moment.
  await api('POST', `/api/tasks/${task_id}/pause`);
  const before = seen.control.length;
  await api('POST', `/api/tasks/${task_id}/resume`);
  const { body: created } = await api('POST', '/api/tasks', { body: newTask() });
  expect(created).toMatchObject({ hold: { freeze_id }, waiting_reason: { code: 'frozen' } });
  const listed = (await api('GET', `/api/tasks?freeze_id=${freeze_id}&sort=oldest`)).body.items;
  expect(listed.map((task: { task_id: string }) => task.task_id)).toEqual([task_id, created.task_id]);
  const plan = (await api('POST', '/api/tasks/dry-run', { body: newTask() })).body;
  expect([plan.begins, plan.warnings.map(({ code }: { code: string }) => code)]).toEqual([
    until,
    expect.arrayContaining(['frozen']),
  ]);
  expect((await api('GET', '/api/statistics')).body).toMatchObject({
    freezes: [{ freeze_id }],
    tasks_held: { frozen: 2 },
  });
  expect((await api('GET', '/api/freezes')).body.items).toMatchObject([{ freeze_id, covers: { all: true } }]);

  expect(await lift(freeze_id)).toMatchObject({ status: 200, body: { freeze_id, tasks: 2 } });
  await eventually(() =>
    expect(seen.control.slice(before)).toContainEqual({
      task_ids: expect.arrayContaining([task_id, created.task_id]),
      state: 'running',
    }),
  );
  expect(seen.control.slice(before)).not.toContainEqual({ task_ids: [task_id], state: 'running' });
  expect((await api('GET', `/api/tasks/${task_id}`)).body.hold).toBeUndefined();
  toProblemOf(await lift(freeze_id), 404, 'freeze_not_found');
  const audit = (await api('GET', '/api/audit?limit=50', { key: KEYS.admin })).body.items;
  expect(audit.filter(({ subject, status }: Audited) => subject === freeze_id && status < 300)).toMatchObject([
    { operation: 'liftFreeze', operator: 'otto', reason: 'over' },
    { operation: 'createFreeze', operator: 'otto', reason: 'an outage', after: expect.stringContaining('"all":true') },
  ]);
});

it('is made once under an Idempotency-Key, and a blackout holds nothing before it begins', async () => {
  const body = { covers: { pool: 'default' }, from: inSeconds(3_600), until: inSeconds(7_200) };
  const headers = { 'idempotency-key': 'blackout' };
  const [made, again] = [await freeze(body, { headers }), await freeze(body, { headers })];
  expect([made.status, again.body.freeze_id]).toEqual([201, made.body.freeze_id]);
  expect(made.body).toMatchObject({ kind: 'blackout', tasks: 0 });
  expect((await api('GET', '/api/freezes?kind=blackout')).body.items).toHaveLength(1);
  expect((await api('GET', '/api/freezes?kind=freeze')).body.items).toHaveLength(0);
  expect((await lift(made.body.freeze_id)).status).toBe(200);
});

it('opens in the windows of a task, and says when', async () => {
  const from = new Date(Date.now() + 3 * 3_600_000).toISOString().slice(11, 16);
  const to = new Date(Date.now() + 4 * 3_600_000).toISOString().slice(11, 16);
  const window = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from, to, time_zone: 'UTC' };
  const body = newTask({ config: { windows: [window] } });
  const { begins } = (await api('POST', '/api/tasks/dry-run', { body })).body;
  expect(begins.slice(11, 16)).toBe(from);
  const { body: task } = await api('POST', '/api/tasks', { body });
  expect(task.waiting_reason).toMatchObject({ code: 'outside_window', until: begins });
});

it('aborts running scans if it says so, and says what it does in the answer and on the task', async () => {
  const task_id = await fixture.runningTask(['SCANNING']);
  const { body: gentle } = await freeze({ covers: { all: true } });
  expect(gentle.running).toBe('end');
  const made = await freeze({ covers: { all: true }, running: 'abort' });
  expect(made).toMatchObject({ status: 201, body: { running: 'abort' } });
  expect((await api('GET', `/api/tasks/${task_id}`)).body.hold).toMatchObject({ code: 'frozen', running: 'abort' });
  for (const { freeze_id } of [gentle, made.body]) expect((await lift(freeze_id)).status).toBe(200);
});

it('a key with networks freezes, sees and lifts only for tasks inside of them', async () => {
  const networks = { name: 'team-a', role: 'operator', networks: ['127.6.0.0/16'] };
  const { secret: key } = (await api('POST', '/api/keys', { key: KEYS.admin, body: networks })).body;
  const create = async (task_target: string) =>
    (await api('POST', '/api/tasks', { body: newTask({ task_target }) })).body.task_id;
  const [inside, across] = [await create('127.6.1.0/28'), await create('127.6.1.200,127.8.0.1')];
  const { body: foreign } = await freeze({
    covers: { network: '127.6.1.0/24' },
    from: inSeconds(60),
    until: inSeconds(90),
  });
  for (const covers of [{ all: true }, { pool: 'default' }, { label: 'x' }, { network: '127.6.0.0/15' }]) {
    expect(toProblemOf(await freeze({ covers }, { key }), 422, 'out_of_scope').field).toMatch(/^covers/);
  }
  const { body: own } = await freeze({ covers: { network: '127.6.1.0/24' } }, { key });
  expect(own).toMatchObject({ operator: 'team-a', within: ['127.6.0.0/16'], tasks: 1 });
  const holdOf = async (taskId: string) => (await api('GET', `/api/tasks/${taskId}`)).body.hold;
  expect([(await holdOf(inside))?.freeze_id, await holdOf(across)]).toEqual([own.freeze_id, undefined]);
  expect((await api('GET', '/api/freezes', { key })).body.items).toMatchObject([{ freeze_id: own.freeze_id }]);
  const liftWith = (id: string) => api('DELETE', `/api/freezes/${id}`, { key });
  toProblemOf(await liftWith(foreign.freeze_id), 404, 'freeze_not_found');
  expect((await liftWith(own.freeze_id)).status).toBe(200);
  expect((await lift(foreign.freeze_id)).status).toBe(200);
});

it.each<[string, object, string]>([
  ['no reason', { reason: '', covers: { all: true } }, 'reason'],
  ['nothing that it covers', { covers: {} }, 'covers'],
  ['two things that it covers', { covers: { all: true, pool: 'default' } }, 'covers'],
  ['an end in the past', { covers: { all: true }, until: inSeconds(-1) }, 'until'],
  ['a blackout without an end', { covers: { all: true }, from: inSeconds(60) }, 'until'],
  ['an end before the beginning', { covers: { all: true }, from: inSeconds(60), until: inSeconds(30) }, 'until'],
])('refuses %s', async (_, body, field) => {
  expect(toProblemOf(await freeze(body), 422, 'invalid_body').field).toBe(field);
});

it('lists what happened in a time: a task, a node, a freeze that was lifted, and none that never began', async () => {
  const { store } = fixture;
  const task_id = await fixture.runningTask(['COMPLETED'], { name: 'nightly' });
  const restarted = new Date(Date.now() - 7_200_000);
  await store.fleetEvents.noteNode({ time: new Date(), kind: 'node_lost', subject: 'node-7' });
  await store.fleetEvents.noteNode({ time: restarted, kind: 'node_restarted', subject: 'node-7', detail: 'b' });
  const covers = { label: 'of-no-task' };
  const { freeze_id } = (await freeze({ covers, until: inSeconds(3_600) })).body;
  const planned = (await freeze({ covers, from: inSeconds(1_800), until: inSeconds(3_600) })).body.freeze_id;
  await lift(freeze_id);
  await lift(planned);

  const { body } = await api('GET', '/api/statistics/events');
  const findAbout = (subject: string) => body.items.filter((event: { subject: string }) => event.subject === subject);
  expect(findAbout(task_id)).toMatchObject([{ kind: 'task_began', name: 'nightly' }]);
  expect(findAbout('node-7')).toMatchObject([{ kind: 'node_lost' }]);
  const ofFreeze = [{ kind: 'freeze_began', detail: 'an outage' }, { kind: 'freeze_ended' }];
  expect(findAbout(freeze_id)).toMatchObject(ofFreeze);
  // Nor does it begin later, and the other one does not end once more.
  const later = await store.fleetEvents.find({ minutes: 180 }, new Date(Date.now() + 7_200_000));
  const ends = later.items.filter(({ subject }) => [planned, freeze_id].includes(subject));
  expect(ends).toMatchObject(ofFreeze);
  const times = body.items.map(({ time }: { time: string }) => time);
  expect(times).toEqual([...times].sort());

  const ofNode = (await api('GET', '/api/statistics/events?node_id=node-7&minutes=1440')).body;
  expect(ofNode.items).toEqual([
    { kind: 'node_restarted', subject: 'node-7', time: restarted.toISOString(), detail: 'b' },
    { kind: 'node_lost', subject: 'node-7', time: expect.any(String) },
  ]);
  toProblemOf(await api('GET', '/api/statistics/events?minutes=43201'), 400, 'invalid_query');
});
