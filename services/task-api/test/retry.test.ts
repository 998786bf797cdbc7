import { QUEUES, subTaskUpdateSchema, toSubTaskId } from '@cyberstroll/contracts';
import { afterTime, createListener, eventually, FAILURE, toUpdate } from '@cyberstroll/testkit';
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

const runningTask: Fixture['runningTask'] = (...args) => context.runningTask(...args);

/** What arrives on the updaters' queue while `act` runs: at least `count` envelopes. */
async function updatesOf(act: () => Promise<unknown>, count = 1) {
  const envelopes: { operator: string; updates: unknown[] }[] = [];
  const consumer = createListener(context, QUEUES.stateUpdates, (body) =>
    envelopes.push(body as (typeof envelopes)[number]),
  );
  await act();
  await consumer.start();
  await eventually(() => envelopes.length >= count);
  await consumer.stop();
  return envelopes;
}

it('a retry reopens an ended task and publishes its failed subtasks, confirmed', async () => {
  const id = await runningTask(['FAILED', 'FAILED'], { task_target: '127.0.0.0/31' });
  expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('FAILED');
  const envelopes = await updatesOf(async () => {
    const answer = await api('POST', `/api/tasks/${id}/retry`, { body: { reason: 'again' } });
    expect(answer).toMatchObject({ status: 200, body: { task_id: id, retried: 2 } });
  });
  expect(envelopes).toMatchObject([{ operator: 'otto' }]);
  const updates = envelopes[0]!.updates.map((update) => subTaskUpdateSchema.parse(update));
  expect(updates.map(({ subtask_id, attempt, status }) => [subtask_id, attempt, status])).toEqual([
    [`${id}-0`, 1, 'RETRYING'],
    [`${id}-1`, 1, 'RETRYING'],
  ]);
  expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('RUNNING');

  const { results } = await context.store.subTasks.batchUpdateSubTasks(
    updates.map((update) => ({ sender: { operator: 'otto' }, update })),
  );
  expect(results).toEqual([{ outcome: 'applied' }, { outcome: 'applied' }]);
});

/** What operators ordered is applied, as by an updater. */
const apply = (id: string, envelopes: Awaited<ReturnType<typeof updatesOf>>) =>
  context.store.subTasks.batchUpdateSubTasks(
    envelopes.flatMap(({ updates }) =>
      updates
        .map((update) => subTaskUpdateSchema.parse(update))
        .filter(({ task_id }) => task_id === id)
        .map((update) => ({ sender: { operator: 'otto' }, update })),
    ),
  );

it('a retry reopens a COMPLETED task with failed subtasks, which ends again after their scans', async () => {
  const id = await runningTask(['COMPLETED', 'FAILED'], { task_target: '127.0.0.0/31' });
  const ended = (await api('GET', `/api/tasks/${id}`)).body;
  expect(ended).toMatchObject({ status: 'COMPLETED', progress: { failed_count: 1 } });
  const { subTasks, tasks } = context.store;
  await tasks.settleTasks([id]);

  const envelopes = await updatesOf(async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api('POST', `/api/tasks/${id}/retry`, { body: { reason: 'again' } })),
    );
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(20).fill([200, 'RUNNING']));
    // One of them retries it; the others find it retried.
    expect(answers.map(({ body }) => body.retried).sort()).toEqual([...Array(19).fill(0), 1]);
  });
  const running = (await api('GET', `/api/tasks/${id}`)).body;
  expect(running.status_history.slice(ended.status_history.length)).toMatchObject([
    { status: 'RUNNING', reason: 'again', operator: 'otto' },
  ]);
  expect(running).not.toHaveProperty('completed_time');
  await apply(id, envelopes);
  expect((await tasks.calculateTaskProgress(id)).snapshot).toMatchObject({
    status: 'RUNNING',
    progress: { completed_count: 1, failed_count: 0, retry_count: 1 },
  });
  const { status_history } = (await api('GET', `/api/tasks/${id}/subtasks/${id}-1`)).body;
  expect(status_history.filter((entry: { status: string }) => entry.status === 'RETRYING')).toHaveLength(1);

  // Nothing of it is FAILED any more: one more retry changes nothing.
  const before = await tasks.getTask(id);
  const idle = { status: 200, body: { status: 'RUNNING', retried: 0 } };
  expect(await api('POST', `/api/tasks/${id}/retry`)).toMatchObject(idle);
  expect(await api('POST', `/api/tasks/${id}/subtasks/${id}-1/retry`)).toMatchObject({
    status: 200,
    body: { status: 'RETRYING', retried: 0 },
  });
  expect(await tasks.getTask(id)).toEqual(before);

  await tasks.endRetryAll(
    id,
    (await tasks.findRetryAll(10)).find(({ task_id }) => task_id === id)!.retry_all.requested_time,
  );
  const update = { task_id: id, subtask_id: `${id}-1`, attempt: 2, lease_id: 'again', status: 'COMPLETED' } as const;
  await subTasks.batchUpdateSubTasks([{ sender: { node_id: 'node-1', instance_id: 'node-1-a' }, update }]);
  expect((await tasks.calculateTaskProgress(id)).snapshot).toMatchObject({
    status: 'COMPLETED',
    progress: { completed_count: 2 },
  });

  // And of a COMPLETED task with nothing failed nothing is retried.
  const done = await tasks.getTask(id);
  expect(await api('POST', `/api/tasks/${id}/retry`)).toMatchObject({
    status: 200,
    body: { status: 'COMPLETED', retried: 0 },
  });
  expect(await tasks.getTask(id)).toEqual(done);
});

it('20 retries of one subtask at the same time reopen its COMPLETED task once', async () => {
  const id = await runningTask(['COMPLETED', 'FAILED', 'FAILED', 'FAILED'], { task_target: '127.0.0.0/30' });
  expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('COMPLETED');
  const envelopes = await updatesOf(async () => {
    const retries = Array.from({ length: 20 }, () => api('POST', `/api/tasks/${id}/subtasks/${id}-2/retry`));
    expect((await Promise.all(retries)).map(({ status }) => status)).toEqual(Array(20).fill(200));
  }, 20);
  await apply(id, envelopes);
  const { snapshot } = await context.store.tasks.calculateTaskProgress(id);
  expect(snapshot).toMatchObject({ status: 'RUNNING', progress: { failed_count: 2, retry_count: 1 } });
  const statuses = async (path: string) =>
    (await api('GET', path)).body.status_history.map(({ status }: { status: string }) => status);
  expect((await statuses(`/api/tasks/${id}`)).slice(-2)).toEqual(['COMPLETED', 'RUNNING']);
  expect((await statuses(`/api/tasks/${id}/subtasks/${id}-2`)).slice(-2)).toEqual(['FAILED', 'RETRYING']);
});

it('a retry of one subtask works, and is refused if the subtask did not fail', async () => {
  const id = await runningTask(['FAILED', 'SCANNING', 'COMPLETED']);
  const envelopes = await updatesOf(async () => {
    const answer = await api('POST', `/api/tasks/${id}/subtasks/${id}-0/retry`);
    expect(answer).toMatchObject({ status: 200, body: { task_id: id, subtask_id: `${id}-0`, retried: 1 } });
  });
  expect(envelopes.flatMap(({ updates }) => updates)).toMatchObject([{ subtask_id: `${id}-0`, status: 'RETRYING' }]);
  for (const index of [1, 2, 3]) {
    const refused = await api('POST', `/api/tasks/${id}/subtasks/${id}-${index}/retry`);
    expect(toProblemOf(refused, 409, 'illegal_transition').allowed).toEqual(['FAILED', 'TIMEOUT']);
  }
});

it('an open task does not end before the retry of one subtask is applied', async () => {
  const id = await runningTask(['FAILED', 'SCANNING'], { task_target: '127.0.0.0/31' });
  const { subTasks, tasks } = context.store;
  const envelopes = await updatesOf(() => api('POST', `/api/tasks/${id}/subtasks/${id}-0/retry`));
  const completed = toUpdate(id, 1, {
    status: 'COMPLETED',
    scan_result: { open_ports: [80], services: [], response_time: 2 },
  });
  const sender = { node_id: 'node-1', instance_id: 'node-1-a' };
  await subTasks.batchUpdateSubTasks([{ sender, update: completed }]);
  expect((await tasks.calculateTaskProgress(id)).snapshot.status).toBe('RUNNING');
  expect((await apply(id, envelopes)).results).toEqual([{ outcome: 'applied' }]);
});

it('a retry of one subtask reopens a task that failed by its threshold; earlier failures do not end it again', async () => {
  const config = { max_retries: 0, error_threshold: 1 };
  const id = await runningTask(['FAILED', 'FAILED', 'FAILED'], { task_target: '127.0.0.0/28', config });
  expect((await api('GET', `/api/tasks/${id}`)).body.status).toBe('FAILED');
  const envelopes = await updatesOf(() => api('POST', `/api/tasks/${id}/subtasks/${id}-0/retry`));
  const updates = envelopes.flatMap((envelope) => envelope.updates.map((update) => subTaskUpdateSchema.parse(update)));
  const { subTasks, tasks } = context.store;
  await subTasks.batchUpdateSubTasks(updates.map((update) => ({ sender: { operator: 'otto' }, update })));
  expect((await tasks.calculateTaskProgress(id)).snapshot.status).toBe('RUNNING');
  const scanned = (index: number, attempt: number, status: 'COMPLETED' | 'FAILED') => ({
    sender: { node_id: 'node-1', instance_id: 'node-1-a' },
    update: {
      task_id: id,
      subtask_id: toSubTaskId(id, index),
      attempt,
      lease_id: `again-${index}`,
      status,
      ...(status === 'FAILED' && { error_info: { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' } }),
    },
  });
  await subTasks.batchUpdateSubTasks([scanned(0, 2, 'COMPLETED'), scanned(3, 1, 'FAILED'), scanned(4, 1, 'FAILED')]);
  expect((await tasks.calculateTaskProgress(id)).snapshot.status).toBe('RUNNING');
  await subTasks.batchUpdateSubTasks([scanned(5, 1, 'FAILED')]);
  expect((await tasks.calculateTaskProgress(id)).snapshot.status).toBe('FAILED');
});

it('a retry next to another one retries what failed since, and each subtask names its own', async () => {
  const id = await runningTask(['FAILED', 'SCANNING'], { task_target: '127.0.0.0/31' });
  const retry = (reason: string) => api('POST', `/api/tasks/${id}/retry`, { body: { reason } });
  const first = await updatesOf(async () => {
    expect(await retry('first')).toMatchObject({ status: 200, body: { retried: 1 } });
    // Its update is not applied yet.
    expect(await retry('again')).toMatchObject({ status: 200, body: { retried: 0 } });
  });
  let second: typeof first = [];
  await afterTime(1_000, async () => {
    const update = toUpdate(id, 1, { status: 'FAILED', ...FAILURE });
    const sender = { node_id: 'node-1', instance_id: 'node-1-a' };
    await context.store.subTasks.batchUpdateSubTasks([{ sender, update }]);
    second = await updatesOf(async () => {
      expect(await retry('second')).toMatchObject({ status: 200, body: { retried: 1 } });
    });
  });
  await apply(id, [...first, ...second]);
  const last = [0, 1].map(async (index) => {
    const { status_history } = (await api('GET', `/api/tasks/${id}/subtasks/${id}-${index}`)).body;
    return status_history.at(-1);
  });
  expect(await Promise.all(last)).toMatchObject([{ reason: 'first' }, { reason: 'second' }]);
});

describe('a retry of a selection', () => {
  let id: string;
  let ips: string[];
  beforeAll(async () => {
    id = await runningTask(['FAILED', 'COMPLETED', 'FAILED', 'FAILED'], { task_target: '127.0.0.0/30' });
    const { items } = (await api('GET', `/api/tasks/${id}/subtasks`)).body;
    ips = items.map(({ ip }: { ip: string }) => ip);
  });
  const retry = (body: object) => api('POST', `/api/tasks/${id}/retry`, { body });

  it('as a dry run says how many match, and changes nothing', async () => {
    const before = await context.store.tasks.getTask(id);
    const count = async (which: object) => (await retry({ ...which, dry_run: true })).body;
    expect(await count({})).toEqual({ task_id: id, status: 'COMPLETED', retried: 3, dry_run: true });
    expect(await count({ target: `${ips[0]},${ips[1]}` })).toMatchObject({ retried: 1 });
    expect(await count({ target: '127.0.0.0/30', status: 'FAILED' })).toMatchObject({ retried: 3 });
    expect(await count({ target: '127.0.0.0/30', status: ['TIMEOUT'] })).toMatchObject({ retried: 0 });
    expect(await count({ error_code: FAILURE.error_info!.error_code })).toMatchObject({ retried: 3 });
    expect(await count({ error_code: 'NODE_LOST' })).toMatchObject({ retried: 0 });
    expect(await context.store.tasks.getTask(id)).toEqual(before);
  });

  it.each([
    [{ target: '127.0.0.300' }, 'invalid_targets', 'target'],
    [{ target: '' }, 'invalid_body', 'target'],
    [{ status: ['COMPLETED'] }, 'invalid_body', 'status'],
    [{ error_code: 'none' }, 'invalid_body', 'error_code'],
  ])('refuses %j and names the field', async (body, code, field) => {
    expect(toProblemOf(await retry(body), 422, code).field).toBe(field);
  });

  it('of nothing that matches changes nothing', async () => {
    const before = await context.store.tasks.getTask(id);
    expect(await retry({ status: 'TIMEOUT' })).toMatchObject({
      status: 200,
      body: { status: 'COMPLETED', retried: 0 },
    });
    expect(await context.store.tasks.getTask(id)).toEqual(before);
  });

  it('publishes only what matches; the histories and the audit log say what was selected', async () => {
    const target = `${ips[2]}, ${ips[1]}`;
    const envelopes = await updatesOf(async () => {
      const answer = await retry({ target, reason: 'again' });
      expect(answer).toMatchObject({ status: 200, body: { task_id: id, status: 'RUNNING', retried: 1 } });
    });
    expect(envelopes.map(({ updates }) => updates)).toMatchObject([
      [{ subtask_id: `${id}-2`, status: 'RETRYING', reason: `again (target ${target})` }],
    ]);
    const { status_history } = await context.store.tasks.getTask(id);
    expect(status_history.at(-1)).toMatchObject({ status: 'RUNNING', reason: `again (target ${target})` });
    const { items } = (await api('GET', `/api/audit?task_id=${id}&operation=retryTask`, { key: KEYS.admin })).body;
    expect(items[0]).toMatchObject({ reason: 'again', subject: `target ${target}`, status: 200 });

    // Another selection waits for it; the same one may be repeated, and one of everything includes it.
    toProblemOf(await retry({ target: ips[0] }), 409, 'retry_pending');
    expect(await retry({ target, reason: 'again' })).toMatchObject({ status: 200, body: { retried: 0 } });
    expect((await retry({})).body).toMatchObject({ retried: 3 });
  });
});
