import { toHeartbeat } from '@cyberstroll/testkit';
import { claimOf, failure, newTask, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture.cleanup());

it('counts the tasks that share a pool: those whose targets may be sent out', async () => {
  const { store } = fixture;
  await queuedTask(store, '127.0.0.1', { pool: 'edge' });
  const cancelled = await queuedTask(store, '127.0.0.1', { pool: 'edge' });
  await store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
  await store.tasks.createTask(newTask('127.0.0.1', { pool: 'edge' }));
  await queuedTask(store, '127.0.0.1', { pool: 'core' });
  expect(await store.waiting.countTasksByPool()).toEqual(new Map(Object.entries({ edge: 1, core: 1 })));
});

const byTime = (one: Date, other: Date) => one.getTime() - other.getTime();

it('finds when the first retry of each task is due, sent or not, until a node takes it', async () => {
  const { store } = fixture;
  const [one, two, none] = [await queuedTask(store), await queuedTask(store), await queuedTask(store)];
  for (const [taskId, index] of [
    [one, 0],
    [one, 1],
    [two, 0],
  ] as const) {
    await store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, index), 'FAILED', failure('SCANNER_CRASHED'))]);
  }
  const findContractTimes = async () =>
    (await store.subTasks.findOpen(two, 1)).map(({ next_retry_time }) => next_retry_time);
  const times = await findContractTimes();
  expect(times).toEqual([expect.any(Date)]);
  const [sooner] = (await store.subTasks.findOpen(one, 2)).map(({ next_retry_time }) => next_retry_time!).sort(byTime);
  const last = new Date(Date.now() + 180_000);
  await store.subTasks.markRetriesSent([`${two}-0`], last);
  expect(await store.waiting.findNextRetries([one, two, none])).toEqual(
    new Map([
      [one, sooner],
      [two, last],
    ]),
  );
  // The contract's field says when the retry is due, whatever becomes of it then.
  expect(await findContractTimes()).toEqual(times);
  expect((await store.subTasks.getSubTask(`${one}-0`)).retry_sent_time).toBeUndefined();
  expect((await store.subTasks.getSubTask(`${two}-0`)).retry_sent_time).toBeInstanceOf(Date);

  await store.subTasks.batchUpdateSubTasks([report(claimOf(two, 0, 2), 'FAILED', failure('SCANNER_CRASHED'))]);
  expect((await store.subTasks.getSubTask(`${two}-0`)).retry_sent_time).toBeUndefined();
});

it('gives the fleet without the subtasks that nodes run, and a task without its targets', async () => {
  const { store } = fixture;
  const heartbeat = toHeartbeat({
    node_id: 'node-1',
    instance_id: 'a',
    status: 'busy',
    capacity: 4,
    pools: ['edge'],
    current_tasks: [{ subtask_id: `${'0'.repeat(24)}-0`, status: 'SCANNING', progress: 0 }],
  });
  const now = new Date();
  await store.nodes.recordHeartbeat(heartbeat, now);
  const [node] = await store.waiting.findFleet();
  expect(node).toMatchObject({ node_id: 'node-1', status: 'busy', capacity: 4, last_seen: now });
  expect(node).not.toHaveProperty('current_tasks');
  const taskId = await queuedTask(store);
  expect(await store.waiting.getTask(taskId)).toMatchObject({ task_id: taskId, status: 'QUEUED', cursor: 0 });
  expect(await store.waiting.getTask(taskId)).not.toHaveProperty('task_target');
  await expect(store.waiting.getTask('0'.repeat(24))).rejects.toMatchObject({ code: 'task_not_found' });
});
