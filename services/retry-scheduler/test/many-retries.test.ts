import { parseSubTaskId } from '@cyberstroll/contracts';
import { createTestStore, eventually, FAILURE, recordCommands, toRecordableUri, upTo } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { toSubTaskObjectId } from '../../../packages/store/src/mongodb/models/subtask-object-id';
import { createRetryAgenda } from '../src/core/retry-agenda';
import { createSendRetries } from '../src/sweeps/send-retries';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const after = (ms: number) => new Date(Date.now() + ms);

/** A task whose first `count` subtasks wait for their retry, which is due. */
async function createRetrying(count: number, target = '127.0.0.0/16'): Promise<string> {
  const taskId = await fixture.createTask(target);
  await fixture.report(taskId, [0], FAILURE);
  const connection = await createConnection(fixture.testbed.mongodb_uri).asPromise();
  try {
    const subTasks = connection.collection('subtasks');
    const { _id, ...first } = (await subTasks.findOne({ task_id: taskId }))!;
    const others = upTo(count).slice(1);
    await subTasks.insertMany(
      others.map((index) => ({
        ...first,
        _id: toSubTaskObjectId(taskId, index),
        subtask_id: `${taskId}-${index}`,
        index,
      })),
    );
    await connection
      .collection('task_progress')
      .updateOne({ task_id: taskId }, { $inc: { 'counts.retry_count': count - 1, seq: 1 } });
  } finally {
    await connection.close();
  }
  await fixture.store.tasks.calculateTaskProgress(taskId);
  return taskId;
}

const sentOf = (taskId: string) =>
  fixture.jobs.filter(({ task_id }) => task_id === taskId).flatMap(({ subtasks }) => subtasks);

it('writes nothing to retries that cannot go, however many, and sends those that can in its first pass', async () => {
  const store = createTestStore({ mongodb_uri: toRecordableUri(fixture.testbed.mongodb_uri) }, 'recorded');
  await fixture.testbed.start(store);
  await fixture.beat('n1');
  const paused = await createRetrying(6_000);
  await fixture.store.tasks.updateTaskStatus(paused, 'PAUSED', 'test');
  const running = await createRetrying(10);
  const sendRetriesOnce = createSendRetries({ ...fixture.deps, store, resendMs: 60_000 });
  const recording = recordCommands();
  expect(await sendRetriesOnce(after(1_000))).toEqual({ retries: 10 });
  for (const pass of upTo(20)) await sendRetriesOnce(after(1_250 + pass * 250));
  recording.stop();
  const written = recording.commands
    .filter(({ name, collection }) => name === 'update' && collection === 'subtasks')
    .map(({ filters }) => filters.length);
  // The ten that were sent.
  expect(written.reduce((sum, count) => sum + count, 0)).toBe(10);
  await eventually(() => expect(sentOf(running)).toHaveLength(10));
  expect(sentOf(paused)).toEqual([]);
});

it('sends no more retries than its nodes scan at once, and each task has its turn', async () => {
  await fixture.beat('n1', 'online', ['default'], 40);
  const many = await createRetrying(500);
  const few = await createRetrying(10);
  const sendRetriesOnce = createSendRetries({ ...fixture.deps, resendMs: 60_000 });
  expect(await sendRetriesOnce(after(1_000))).toEqual({ retries: 40 });
  expect(await sendRetriesOnce(after(1_250))).toEqual({ retries: 0 });
  await eventually(() => expect([sentOf(many).length, sentOf(few).length]).toEqual([30, 10]));
  expect(await fixture.store.queues.findRetries(['default', 'other'], after(1_250))).toEqual(
    new Map([
      ['default', 40],
      ['other', 0],
    ]),
  );
  // A node takes some of them.
  const taken = sentOf(many).map(({ subtask_id }) => parseSubTaskId(subtask_id)!.index);
  await fixture.report(many, taken.slice(0, 15), { attempt: 2, lease_id: 'second' });
  expect(await sendRetriesOnce(after(1_500))).toEqual({ retries: 15 });
});

it('finds the retries of a task by their event, before its document shows them', async () => {
  await fixture.beat('n1');
  const taskId = await fixture.createTask('127.0.0.0/28');
  await fixture.report(taskId, [0], { status: 'SCANNING' });
  await fixture.store.tasks.calculateTaskProgress(taskId);
  await fixture.report(taskId, [1], FAILURE);
  const agenda = createRetryAgenda();
  const sendRetriesOnce = createSendRetries({ ...fixture.deps, agenda, resendMs: 60_000 });
  expect(await sendRetriesOnce(after(1_000))).toBeUndefined();
  agenda.note(taskId);
  expect(await sendRetriesOnce(after(1_250))).toEqual({ retries: 1 });
});
