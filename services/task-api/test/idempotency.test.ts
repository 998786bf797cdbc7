import { createQueuedTask, eventually, report } from '@cyberstroll/testkit';
import { type Connection, createConnection } from 'mongoose';
import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let database: Connection;
beforeAll(async () => {
  fixture = await setup();
  database = await createConnection(fixture.testbed.mongodb_uri).asPromise();
});
afterAll(async () => {
  await database?.close();
  await fixture?.cleanup();
});

const findKeys = () =>
  database.collection<{ _id: string; done: boolean; answer?: string; expires: Date }>('idempotency_keys');
const post = (path: string, idempotencyKey: string, body?: unknown, key = KEYS.operator) =>
  fixture.api('POST', path, { key, body, headers: { 'idempotency-key': idempotencyKey } });
const getTask = async (taskId: string) => (await fixture.api('GET', `/api/tasks/${taskId}`)).body;

async function runningTask(): Promise<string> {
  const taskId = await createQueuedTask(fixture.store, '127.0.0.0/29');
  await fixture.store.taskStates.updateTaskStatus(taskId, 'RUNNING', 'test');
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
  await store.taskStates.updateTaskStatus(ended, 'CANCELLED', 'test');
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
  await fixture.store.taskStates.updateTaskStatus(id, 'RUNNING', 'test');
  expect((await post(`/api/tasks/${id}/pause`, 'early')).body.status).toBe('PAUSED');
  for (const key of ['two words', 'k'.repeat(101)]) {
    expect(toProblemOf(await post(`/api/tasks/${id}/resume`, key), 400, 'invalid_header').field).toBe(
      'Idempotency-Key',
    );
  }
});

it('carries a command out again if a crash prevented its record, and records it for 24 h', async () => {
  const id = await runningTask();
  expect((await post(`/api/tasks/${id}/pause`, 'crash')).body.changed).toBe(true);
  const _id = 'otto:crash';
  const noted = await findKeys().findOne({ _id });
  expect(noted).toMatchObject({ done: true });
  expect(noted!.expires.getTime() - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  // As it stands between the command and its note.
  await findKeys().updateOne({ _id }, { $set: { done: false }, $unset: { answer: '' } });
  await fixture.api('POST', `/api/tasks/${id}/resume`);
  expect((await post(`/api/tasks/${id}/pause`, 'crash')).body).toMatchObject({ status: 'PAUSED', changed: true });
  expect(await findKeys().findOne({ _id })).toMatchObject({ done: true });
});

it('carries out one of 20 equal requests under one key at the same time', async () => {
  const id = await runningTask();
  // A busy server may answer 503: a client repeats the request then, under the same key.
  const cancel = () =>
    eventually(async () => {
      const answer = await post(`/api/tasks/${id}/cancel`, 'stop');
      return answer.status !== 503 && answer;
    });
  const answers = await Promise.all(Array.from({ length: 20 }, cancel));
  expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(20).fill([200, 'CANCELLED']));
  expect(
    (await getTask(id)).status_history.filter((entry: { status: string }) => entry.status === 'CANCELLED'),
  ).toHaveLength(1);
});
