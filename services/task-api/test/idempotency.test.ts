import type { ClaimedKey } from '@cyberstroll/store';
import { createQueuedTask, eventually, report } from '@cyberstroll/testkit';
import { type Connection, createConnection } from 'mongoose';
import { type Api, createApi, newTask, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let database: Connection;
/** A second replica. */
let other: ReturnType<typeof createService>;
beforeAll(async () => {
  fixture = await setup();
  other = createService(fixture.testbed);
  await other.start();
  database = await createConnection(fixture.testbed.mongodb_uri).asPromise();
});
afterAll(async () => {
  await database?.close();
  await other?.stop();
  await fixture?.cleanup();
});

interface StoredKey {
  _id: string;
  done: boolean;
  answer?: string;
  claimed_until?: Date;
  expires: Date;
}
const findKeys = () => database.collection<StoredKey>('idempotency_keys');
const postTo = (api: Api, path: string, idempotencyKey: string, body?: unknown, key = KEYS.operator) =>
  api('POST', path, { key, body, headers: { 'idempotency-key': idempotencyKey } });
const post = (path: string, idempotencyKey: string, body?: unknown, key = KEYS.operator) =>
  postTo(fixture.api, path, idempotencyKey, body, key);
const getTask = async (taskId: string) => (await fixture.api('GET', `/api/tasks/${taskId}`)).body;

async function runningTask(): Promise<string> {
  const taskId = await createQueuedTask(fixture.store, '127.0.0.0/29');
  await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
  return taskId;
}

it('carries a command out once per key, also after the task has changed', async () => {
  const id = await runningTask();
  expect(await post(`/api/tasks/${id}/pause`, 'k')).toMatchObject({ status: 200, body: { changed: true } });
  await fixture.api('POST', `/api/tasks/${id}/resume`);
  const before = await getTask(id);
  expect(await post(`/api/tasks/${id}/pause`, 'k')).toMatchObject({
    status: 200,
    body: { task_id: id, status: 'RUNNING', changed: false },
  });
  expect(await getTask(id)).toEqual(before);
  expect(await post(`/api/tasks/${id}/pause`, 'another')).toMatchObject({ status: 200, body: { status: 'PAUSED' } });
});

it('refuses a key used with another path or body, and accepts it from another caller', async () => {
  const id = await runningTask();
  const body = { reason: 'lunch' };
  expect((await post(`/api/tasks/${id}/pause`, 'mine', body)).status).toBe(200);
  for (const [path, other] of [
    [`/api/tasks/${id}/resume`, body],
    [`/api/tasks/${await runningTask()}/pause`, body],
    [`/api/tasks/${id}/pause`, { reason: 'tea' }],
    [`/api/tasks/${id}/pause`, undefined],
    ['/api/tasks', newTask()],
  ] as const) {
    const problem = toProblemOf(await post(path, 'mine', other), 422, 'idempotency_key_reused');
    expect(problem.field).toBe('Idempotency-Key');
  }
  expect((await getTask(id)).status).toBe('PAUSED');
  expect((await post(`/api/tasks/${id}/resume`, 'mine', body, KEYS.other)).body.status).toBe('RUNNING');

  expect((await post('/api/tasks', 'made', newTask())).status).toBe(201);
  toProblemOf(await post(`/api/tasks/${id}/pause`, 'made'), 422, 'idempotency_key_reused');
});

it('gives a repeat of any other POST the first answer, and does nothing', async () => {
  const id = await runningTask();
  const { store } = fixture;
  const error_info = { error_code: 'SCANNER_MISSING', error_message: 'none' };
  await report(store, id, [0], { status: 'FAILED', error_info });
  const retried = await post(`/api/tasks/${id}/retry`, 'retry');
  expect(retried).toMatchObject({ status: 200, body: { retried: 1 } });
  const single = await post(`/api/tasks/${id}/subtasks/${id}-0/retry`, 'retry-one');
  expect(single).toMatchObject({ status: 200, body: { retried: 1 } });
  const { rev } = await store.tasks.getTask(id);
  for (const [path, key, first] of [
    [`/api/tasks/${id}/retry`, 'retry', retried],
    [`/api/tasks/${id}/subtasks/${id}-0/retry`, 'retry-one', single],
  ] as const) {
    expect(await post(path, key)).toMatchObject({ status: first.status, body: first.body });
  }
  expect((await store.tasks.getTask(id)).rev).toBe(rev);

  const tickets = await Promise.all([1, 2].map(() => post(`/api/tasks/${id}/ticket`, 'ticket')));
  expect(tickets.map(({ status }) => status)).toEqual([201, 201]);

  const ended = await createQueuedTask(store, '127.0.0.0/29');
  await store.tasks.updateTaskStatus(ended, 'CANCELLED', 'test');
  await store.tasks.settleTasks([ended]);
  const cleanUp = { expire_days: 0 };
  const asked = await post('/api/tasks/clean-up', 'clean-up', cleanUp, KEYS.admin);
  expect(asked).toMatchObject({ status: 202, body: { tasks: [{ task_id: ended }] } });
  expect(await post('/api/tasks/clean-up', 'clean-up', cleanUp, KEYS.admin)).toMatchObject({
    status: 202,
    body: asked.body,
  });
  expect(await store.cleanUp.markRequested()).toBe(1);
  expect(await store.cleanUp.markRequested()).toBeUndefined();

  for (const action of ['replay', 'discard']) {
    const body = { filter: { reason: 'bad_field' } };
    const first = await post(`/api/dead-letters/${action}`, action, body, KEYS.admin);
    expect(first).toMatchObject({ status: 200, body: { matched: 0 } });
    expect(await post(`/api/dead-letters/${action}`, action, body, KEYS.admin)).toMatchObject({
      status: 200,
      body: first.body,
    });
    toProblemOf(
      await post(`/api/dead-letters/${action}`, action, { filter: {} }, KEYS.admin),
      422,
      'idempotency_key_reused',
    );
  }

  await store.alerts.raise({ rule: 'dead_letter', subject: 'x', summary: 'a dead letter' }, 'test', new Date());
  const [alert] = await store.alerts.findActive();
  const acknowledge = `/api/alerts/${alert!.alert_id}/acknowledge`;
  expect((await post(acknowledge, 'ack')).body.state).toBe('acknowledged');
  expect((await post(`/api/alerts/${alert!.alert_id}/resolve`, 'resolve')).body.state).toBe('resolved');
  expect(await post(acknowledge, 'ack')).toMatchObject({ status: 200, body: { state: 'resolved' } });
});

it('frees a key after a request that changed nothing, and refuses an invalid key', async () => {
  const id = await createQueuedTask(fixture.store, '127.0.0.0/29');
  toProblemOf(await post(`/api/tasks/${id}/pause`, 'early'), 409, 'illegal_transition');
  toProblemOf(await post(`/api/tasks/${id}/pause`, 'early', { reasons: 'x' }), 422, 'invalid_body');
  await fixture.store.tasks.updateTaskStatus(id, 'RUNNING', 'test');
  expect((await post(`/api/tasks/${id}/pause`, 'early')).body.status).toBe('PAUSED');
  for (const key of ['two words', 'k'.repeat(101)]) {
    expect(toProblemOf(await post(`/api/tasks/${id}/resume`, key), 400, 'invalid_header').field).toBe(
      'Idempotency-Key',
    );
  }
});

/** As if the process had died between the request and its note, and its claim had run out. */
const forgetDone = (_id: string) =>
  findKeys().updateOne({ _id }, { $set: { done: false }, $unset: { answer: '', claimed_until: '' } });

it('carries a command out again if a crash prevented its record, and records it for 24 h', async () => {
  const id = await runningTask();
  expect((await post(`/api/tasks/${id}/pause`, 'crash')).body.changed).toBe(true);
  const _id = 'otto:crash';
  const noted = await findKeys().findOne({ _id });
  expect(noted).toMatchObject({ done: true });
  expect(noted!.expires.getTime() - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  await forgetDone(_id);
  await fixture.api('POST', `/api/tasks/${id}/resume`);
  expect((await post(`/api/tasks/${id}/pause`, 'crash')).body).toMatchObject({ status: 'PAUSED', changed: true });
  expect(await findKeys().findOne({ _id })).toMatchObject({ done: true });
});

it('answers a repeat of a create with the task as it is now, and with 404 once that is deleted', async () => {
  const { store } = fixture;
  const body = newTask();
  const { task_id } = (await post('/api/tasks', 'deleted', body)).body;
  await store.tasks.updateTaskStatus(task_id, 'CANCELLED', 'test');
  expect(await post('/api/tasks', 'deleted', body)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
  await store.tasks.settleTasks([task_id]);
  await store.cleanUp.requestOne(task_id, 'test', new Date());
  expect(await store.cleanUp.beginDeletion(task_id, new Date())).toBe(true);
  toProblemOf(await post('/api/tasks', 'deleted', body), 404, 'task_not_found');
});

it('lets nobody else carry out what a process has begun, until that has been silent for a while', async () => {
  const id = await runningTask();
  const { idempotency } = fixture.store;
  const claim = () => idempotency.claim('otto:begun', 'of this process') as Promise<ClaimedKey>;
  const mine = await claim();
  expect(mine).toMatchObject({ state: 'claimed', isRepeat: false });
  expect(await claim()).toEqual({ state: 'in_use' });
  toProblemOf(await post(`/api/tasks/${id}/pause`, 'begun'), 422, 'idempotency_key_reused');
  await findKeys().updateOne({ _id: mine.key }, { $set: { claimed_until: new Date(Date.now() - 60_000) } });
  const next = await claim();
  expect(next).toMatchObject({ state: 'claimed', id: mine.id, isRepeat: true });
  // Renewed or given up by the one before, it is still of the next one.
  await idempotency.renew(mine);
  for (const changedNothing of [false, true]) await idempotency.release(mine, changedNothing);
  expect(await claim()).toEqual({ state: 'in_use' });
  // A repeat that is refused does not say that the request before it has changed nothing.
  await idempotency.release(next, true);
  expect(await idempotency.claim('otto:begun', 'of another')).toEqual({ state: 'of_another' });
  expect(await claim()).toMatchObject({ id: mine.id, isRepeat: true });
});

describe('of 20 equal requests under one key at the same time', () => {
  const toAll = (path: string, key: string, body: unknown, by: string) => {
    const replicas = [fixture.api, createApi(() => other.port())];
    const send = (i: number) =>
      eventually(async () => {
        const answer = await postTo(replicas[i % 2]!, path, key, body, by);
        // On a slow machine they wait in vain for the first one, or for an answer.
        return answer.body?.code !== 'idempotency_key_in_use' && answer.status !== 503 && answer;
      });
    return Promise.all(Array.from({ length: 20 }, (_, i) => send(i)));
  };

  it('one is carried out', async () => {
    const id = await runningTask();
    const answers = await toAll(`/api/tasks/${id}/cancel`, 'stop', {}, KEYS.operator);
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(20).fill([200, 'CANCELLED']));
    expect(answers.filter(({ body }) => body.changed)).toHaveLength(1);
    expect(
      (await getTask(id)).status_history.filter((entry: { status: string }) => entry.status === 'CANCELLED'),
    ).toHaveLength(1);
  });

  const bulk = { filter: { task_initiator: 'nobody' }, action: 'pause' };
  it.each<[string, string, object, string, string]>([
    ['a task', '/api/tasks', newTask(), 'task_id', 'tasks'],
    ['an API key', '/api/keys', { name: 'once', role: 'viewer' }, 'key_id', 'api_keys'],
    ['an operation', '/api/tasks/bulk', bulk, 'operation_id', 'operations'],
  ])(
    'one creates %s, and a repeat finds it, also if a crash prevented the note',
    async (what, path, body, id, into) => {
      const key = what.replaceAll(' ', '-');
      const before = await database.collection(into).countDocuments();
      const answers = await toAll(path, key, body, KEYS.admin);
      const [first] = answers;
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual(id === 'operation_id' ? Array(20).fill(202) : [...Array(19).fill(200), 201]);
      await forgetDone(`ada:${key}`);
      const repeat = await post(path, key, body, KEYS.admin);
      expect(repeat.status).toBe(id === 'operation_id' ? 202 : 200);
      expect(new Set([...answers, repeat].map((answer) => answer.body[id])).size).toBe(1);
      expect(repeat.headers.get('location')).toBe(first!.headers.get('location'));
      expect(await database.collection(into).countDocuments()).toBe(before + 1);
    },
  );

  it('one gives an API key a new secret, which no repeat takes away, also if a crash prevented the note', async () => {
    const { key_id, secret } = (await post('/api/keys', 'rotated', { name: 'rotated', role: 'viewer' }, KEYS.admin))
      .body;
    const path = `/api/keys/${key_id}/rotate`;
    const rotate = async (key: string, grace_seconds: number) =>
      (await post(path, key, { grace_seconds }, KEYS.admin)).body.secret;
    // Each replica reads what the other one has changed.
    const check = (keys: string[], statuses: number[]) =>
      eventually(async () => {
        const answers = await Promise.all(keys.map((key) => fixture.api('GET', '/api/tasks', { key })));
        expect(answers.map(({ status }) => status)).toEqual(statuses);
      });

    const answers = await toAll(path, 'rotate', { grace_seconds: 3_600 }, KEYS.admin);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    const [next, ...others] = answers.flatMap(({ body }) => body.secret ?? []);
    expect(others).toEqual([]);
    await forgetDone('ada:rotate');
    expect(await rotate('rotate', 3_600)).toBeUndefined();
    const last = await rotate('rotate-again', 3_600);
    await check([secret, next, last], [200, 200, 200]);
    // An earlier rotation is known, too.
    await forgetDone('ada:rotate');
    expect(await rotate('rotate', 3_600)).toBeUndefined();
    const only = await rotate('rotate-at-once', 0);
    await check([secret, next, last, only], [401, 401, 401, 200]);
  });
});
