import { type Heartbeat, type SubTaskUpdate, taskStatusViewSchema, toSubTaskId } from '@cyberstroll/contracts';
import {
  createAheadTime,
  FAILURE,
  type HeldDate,
  holdDate,
  sendOut,
  toHeartbeat,
  toUpdate,
} from '@cyberstroll/testkit';
import { type Api, newTask } from './api-client';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
let store: Fixture['store'];
let date: HeldDate;
let time: ReturnType<typeof createAheadTime>;
beforeAll(async () => {
  fixture = await setup();
  ({ api, store } = fixture);
  time = createAheadTime();
});
// However long a test takes, a node that sent a heartbeat in it is not silent.
beforeEach(() => {
  date = holdDate();
});
afterEach(() => date.release());
afterAll(async () => {
  time?.release();
  await fixture?.cleanup();
});

/** For this long the state of the fleet is kept. */
const KEPT_MS = 2_000;

/** A pool of its own for each test, with one node. */
let pools = 0;
async function newPool(status?: Heartbeat['status']) {
  const pool = `pool-${++pools}`;
  const node_id = `node-of-${pool}`;
  const beat = (now: Heartbeat['status'], seen = new Date(), rest: Partial<Heartbeat> = {}) =>
    store.nodes.recordHeartbeat(toHeartbeat({ node_id, status: now, capacity: 4, pools: [pool], ...rest }), seen);
  if (status) await beat(status);
  return { pool, node_id, beat };
}

/** A task that the dispatcher has taken up, of 8 targets, with what a node reports of them. */
async function queuedTask({ pool, node_id }: { pool: string; node_id: string }, config: object = {}) {
  const { body } = await api('POST', '/api/tasks', { body: newTask({ config: { pool, ...config } }) });
  const id = body.task_id as string;
  await store.tasks.updateTaskStatus(id, 'QUEUED', 'test', 'dispatcher');
  await sendOut(store, id);
  return {
    id,
    async report(index: number, status: SubTaskUpdate['status'], attempt = 1) {
      const fields = { ...(status === 'FAILED' && FAILURE), attempt, lease_id: `l${index}-${attempt}`, status };
      const outcome = await store.subTasks.batchUpdateSubTasks([
        { sender: { node_id, instance_id: 'a' }, update: toUpdate(id, index, fields) },
      ]);
      expect(outcome.results).toEqual([{ outcome: 'applied' }]);
      await store.tasks.calculateTaskProgress(id);
    },
    /** As the task says, and as the list of tasks says. */
    async reason() {
      time.pass(KEPT_MS);
      const [{ body: shown }, { body: list }] = await Promise.all([
        api('GET', `/api/tasks/${id}`),
        api('GET', '/api/tasks?limit=100'),
      ]);
      const listed = list.items.find((task: { task_id: string }) => task.task_id === id);
      expect(listed.waiting_reason?.code).toBe(shown.waiting_reason?.code);
      return shown.waiting_reason;
    },
    async subTaskReason(index: number) {
      time.pass(KEPT_MS);
      const [{ body: shown }, { body: list }] = await Promise.all([
        api('GET', `/api/tasks/${id}/subtasks/${toSubTaskId(id, index)}`),
        api('GET', `/api/tasks/${id}/subtasks`),
      ]);
      expect(list.items[index].waiting_reason?.code).toBe(shown.waiting_reason?.code);
      return shown.waiting_reason;
    },
  };
}

it('says why a new task waits, also in the answer that creates it', async () => {
  const created = await api('POST', '/api/tasks', { body: newTask() });
  expect(created.body.waiting_reason).toMatchObject({ code: 'not_queued' });
  const { body } = await api('GET', `/api/tasks/${created.body.task_id}/status`);
  expect(taskStatusViewSchema.parse(body)).toEqual(body);
});

it('says that the pool has no node, then that its nodes are silent, busy, free', async () => {
  const pool = await newPool();
  const task = await queuedTask(pool);
  expect(await task.reason()).toMatchObject({ code: 'no_node_in_pool', message: expect.stringContaining(pool.pool) });
  expect(await task.subTaskReason(0)).toMatchObject({ code: 'no_node_in_pool' });

  await pool.beat('online', new Date(Date.now() - 60_000));
  expect(await task.reason()).toMatchObject({ code: 'nodes_silent' });
  await pool.beat('busy');
  await queuedTask(pool);
  expect(await task.reason()).toMatchObject({
    code: 'fleet_busy',
    message: `all 4 slots of pool "${pool.pool}" are taken; 2 tasks share it`,
  });
  expect(await task.subTaskReason(0)).toMatchObject({ code: 'fleet_busy' });
  await pool.beat('online', new Date(), { methods: ['nmap'] });
  const reason = await task.reason();
  expect(reason).toMatchObject({ code: 'no_node_for_method', message: expect.stringContaining('connect scans') });
  expect(await task.subTaskReason(0)).toEqual(reason);
  await pool.beat('online');
  expect(await task.reason()).toMatchObject({ code: 'pending_dispatch' });
  expect(await task.subTaskReason(0)).toMatchObject({ code: 'pending_dispatch' });
});

it('says why each subtask of a running task waits', async () => {
  const task = await queuedTask(await newPool('online'));
  await store.chunks.advanceCursor(task.id, 0, 4);
  await task.report(0, 'ASSIGNED');
  await task.report(1, 'SCANNING');
  await task.report(2, 'COMPLETED');
  expect(await task.reason()).toBeUndefined();
  const codes = [];
  for (const index of [0, 1, 2, 3, 4]) codes.push((await task.subTaskReason(index))?.code);
  expect(codes).toEqual(['assigned_waiting_slot', undefined, undefined, 'sent_to_queue', 'pending_dispatch']);

  await api('POST', `/api/tasks/${task.id}/pause`, { body: { reason: 'lunch' } });
  expect(await task.reason()).toMatchObject({
    code: 'paused',
    message: expect.stringMatching(/^paused by otto since .*: lunch$/),
  });
  expect(await task.subTaskReason(4)).toMatchObject({ code: 'task_paused' });
  await api('POST', `/api/tasks/${task.id}/cancel`);
  expect(await task.reason()).toBeUndefined();
  expect(await task.subTaskReason(1)).toMatchObject({ code: 'task_ended' });
  expect(await task.subTaskReason(4)).toBeUndefined();
});

it('says when the next retry is due, and that it was sent', async () => {
  const pool = await newPool('online');
  const task = await queuedTask(pool, { retry_delay: 3_600, max_retry_delay: 3_600 });
  for (let index = 0; index < 7; index++) await task.report(index, 'COMPLETED');
  await task.report(7, 'FAILED');
  const id = toSubTaskId(task.id, 7);
  const due = (await store.subTasks.getSubTask(id)).next_retry_time!;
  expect(await task.reason()).toMatchObject({ code: 'retries_backoff', until: due.toISOString() });
  expect(await task.subTaskReason(7)).toMatchObject({ code: 'retry_backoff', until: due.toISOString() });

  const again = new Date(Date.now() + 60_000);
  await store.subTasks.markRetriesSent([id], again);
  expect(await task.subTaskReason(7)).toMatchObject({ code: 'retry_sent', until: again.toISOString() });
  await task.report(7, 'ASSIGNED', 2);
  expect(await task.subTaskReason(7)).toMatchObject({ code: 'assigned_waiting_slot' });
  // The next attempt has not been sent.
  await task.report(7, 'FAILED', 2);
  expect(await task.subTaskReason(7)).toMatchObject({ code: 'retry_backoff' });
});
