/** The interface of contract 4.1, every method. All other tests use the repositories, as the services do. */
import { taskSchema } from '@cyberstroll/contracts';
import { eventually, toHeartbeat } from '@cyberstroll/testkit';
import { claimOf, failure, newTask, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const states = () => fixture.store.taskStates;
const complete = (taskId: string, ...indexes: number[]) =>
  states().batchUpdateSubTasks(indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED')));

it('has the methods of the contract', () => {
  expect(Object.keys(states()).sort()).toEqual([
    'assignSubTask',
    'batchUpdateSubTasks',
    'calculateTaskProgress',
    'cleanupExpiredTasks',
    'createSubTasks',
    'createTask',
    'getPendingSubTasks',
    'getTaskProgress',
    'getTaskStatistics',
    'getTaskStatus',
    'retrySubTask',
    'updateSubTaskStatus',
    'updateTaskStatus',
  ]);
});

it('creates a task that fits the contract, and the same one for the same id', async () => {
  const task_id = '1'.repeat(24);
  const once = await states().createTask({ ...newTask(), task_id });
  const again = await states().createTask({ ...newTask('127.0.0.1'), task_id });
  expect(once).toMatchObject({ created: true, task: { task_id } });
  expect(again).toEqual({ created: false, task: once.task });
  expect(() => taskSchema.strict().parse(once.task)).not.toThrow();
  expect(once.task).toMatchObject({ status: 'CREATED', progress: { total_targets: 256, pending_count: 256 } });
});

it('creates a task of 16,777,216 targets without a write of any subtask', async () => {
  const { task } = await states().createTask(newTask('127.0.0.0/8'));
  expect(task.progress.total_targets).toBe(2 ** 24);
  const page = await fixture.store.subTasks.findPage(task.task_id, { limit: 3, cursor: '16777214' });
  expect(page.items.map((subTask) => subTask.status)).toEqual(['PENDING', 'PENDING']);
  expect(page.next_cursor).toBeUndefined();
});

it('refuses an illegal transition, and says what is allowed', async () => {
  const { task } = await states().createTask(newTask());
  await expect(states().updateTaskStatus(task.task_id, 'PAUSED', 'test')).rejects.toMatchObject({
    kind: 'conflict',
    code: 'illegal_transition',
    details: { status: 'CREATED', allowed: ['QUEUED', 'CANCELLED'] },
  });
  await expect(states().updateTaskStatus('0'.repeat(24), 'QUEUED', 'test')).rejects.toMatchObject({
    code: 'task_not_found',
  });
});

it('sets a status once, however many replicas set it at once, and changes nothing where the task has it', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1, 127.0.0.2');
  const other = (await fixture.openStore('updater-2')).taskStates;
  for (const status of ['RUNNING', 'PAUSED', 'RUNNING', 'CANCELLED'] as const) {
    const before = (await states().getTaskStatus(taskId)).status_history;
    const all = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? states() : other).updateTaskStatus(taskId, status, 'all'),
    );
    const outcomes = await Promise.all(all);
    expect(outcomes.map(({ task }) => task.status)).toEqual(Array(20).fill(status));
    expect(outcomes.filter(({ changed }) => changed)).toHaveLength(1);
    const { status_history } = await states().getTaskStatus(taskId);
    expect(status_history.slice(before.length).map((entry) => entry.status)).toEqual([status]);
  }
});

it('takes a COMPLETED task up again where something of it failed, once of 20 retries by two replicas', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1, 127.0.0.2', { max_retries: 0 });
  const other = (await fixture.openStore('updater-3')).tasks;
  await complete(taskId, 0);
  await states().batchUpdateSubTasks([report(claimOf(taskId, 1), 'FAILED', failure('INTERNAL_ERROR'))]);
  expect((await states().calculateTaskProgress(taskId)).snapshot.status).toBe('COMPLETED');
  await expect(states().updateTaskStatus(taskId, 'RUNNING', 'test')).rejects.toMatchObject({
    code: 'illegal_transition',
    details: { allowed: [] },
  });

  const retries = Array.from({ length: 20 }, (_, i) =>
    (i % 2 ? fixture.store.tasks : other).reopenTask(taskId, 'again', 'alice', { all: true }),
  );
  const outcomes = await Promise.all(retries);
  expect(outcomes.map(({ task }) => task.status)).toEqual(Array(20).fill('RUNNING'));
  expect(outcomes.map(({ failed }) => failed).sort()).toEqual([...Array(19).fill(0), 1]);
  expect(outcomes.filter(({ reopened }) => reopened)).toHaveLength(1);
  expect((await states().getTaskStatus(taskId)).status_history.map(({ status }) => status)).toEqual([
    'CREATED',
    'QUEUED',
    'RUNNING',
    'COMPLETED',
    'RUNNING',
  ]);
  // Until its retries have arrived it does not end, and then by what they come to.
  expect((await states().calculateTaskProgress(taskId)).snapshot.status).toBe('RUNNING');
  expect(await states().retrySubTask(`${taskId}-1`, 'alice')).toEqual({ outcome: 'applied' });
  expect(await states().retrySubTask(`${taskId}-1`, 'alice')).toEqual({ outcome: 'duplicate' });
  const [request] = await fixture.store.tasks.findRetryAll(10);
  await fixture.store.tasks.endRetryAll(taskId, request!.retry_all.requested_time);
  await states().batchUpdateSubTasks([report(claimOf(taskId, 1, 2), 'COMPLETED')]);
  expect((await states().calculateTaskProgress(taskId)).snapshot).toMatchObject({
    status: 'COMPLETED',
    progress: { completed_count: 2 },
  });
  const { rev } = await fixture.store.tasks.getTask(taskId);
  expect(await other.reopenTask(taskId, 'again', 'alice', { all: true })).toMatchObject({ reopened: false, failed: 0 });
  expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({ status: 'COMPLETED', rev });
});

it('keeps the history of a task, with reasons and operators', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1, 127.0.0.2');
  await complete(taskId, 0);
  await states().calculateTaskProgress(taskId);
  await states().updateTaskStatus(taskId, 'PAUSED', 'lunch', 'alice');
  await states().updateTaskStatus(taskId, 'RUNNING', 'back', 'alice');
  await complete(taskId, 1);
  expect(await states().getTaskProgress(taskId)).toMatchObject({ total_targets: 2, completed_count: 2 });
  const { transitions, snapshot } = await states().calculateTaskProgress(taskId);
  expect(transitions).toEqual([{ status: 'COMPLETED', reason: 'every subtask is closed' }]);
  expect(snapshot).toMatchObject({
    status: 'COMPLETED',
    estimated_remaining: 0,
    progress: { progress_percentage: 100 },
  });
  const task = await fixture.store.tasks.getTask(taskId);
  expect(task.status_history.map((entry) => [entry.status, entry.operator])).toEqual([
    ['CREATED', 'tester'],
    ['QUEUED', 'dispatcher'],
    ['RUNNING', 'task-state-manager'],
    ['PAUSED', 'alice'],
    ['RUNNING', 'alice'],
    ['COMPLETED', 'task-state-manager'],
  ]);
  expect(task).toMatchObject({ progress: { completed_count: 2 }, actual_duration: expect.any(Number) });
  expect(() => taskSchema.strict().parse(task)).not.toThrow();
});

it('lets seq rise with every change of counters or status', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1, 127.0.0.2, 127.0.0.3');
  const seqs: number[] = [];
  const look = async () => seqs.push((await fixture.store.tasks.findSnapshot(taskId))!.seq);
  await look();
  await complete(taskId, 0);
  await look();
  await states().calculateTaskProgress(taskId);
  await look();
  await states().updateTaskStatus(taskId, 'PAUSED', 'test');
  await look();
  await states().updateTaskStatus(taskId, 'CANCELLED', 'test');
  await look();
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
});

it('starts a retried task’s clock again, and looks for what was sent out and never touched', async () => {
  const taskId = await unsentTask(fixture.store, '127.0.0.0/30');
  const { chunks, tasks } = fixture.store;
  await chunks.openChunk({ task_id: taskId, first_index: 0, count: 4, now: new Date(0) });
  await complete(taskId, 0);
  await states().calculateTaskProgress(taskId);
  await states().updateTaskStatus(taskId, 'TIMEOUT', 'test');
  await eventually(async () => expect(await tasks.settleTasks([taskId])).toHaveLength(1));
  const unsettled = () => chunks.findUnsettled({ task_id: taskId, dispatchedBefore: new Date(), limit: 10 });
  expect(await unsettled()).toEqual([]);
  const { task } = await tasks.reopenTask(taskId, 'again', 'alice');
  expect(task).toMatchObject({ status: 'RUNNING', settled: false });
  expect(task.paused_seconds).toBeCloseTo((task.resumed_time!.getTime() - task.started_time!.getTime()) / 1_000, 1);
  expect(await unsettled()).toHaveLength(1);
});

it('adds targets to the set of an open task, without moving an earlier index', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
  const before = await fixture.store.subTasks.findPage(taskId, { limit: 10 });
  expect(await states().createSubTasks(taskId, ['127.0.0.2', '127.0.0.9', '127.0.0.10'])).toBe(2);
  const after = await fixture.store.subTasks.findPage(taskId, { limit: 10 });
  expect(after.items.slice(0, 4).map(({ ip }) => ip)).toEqual(before.items.map(({ ip }) => ip));
  expect(
    after.items
      .map(({ ip }) => ip)
      .slice(4)
      .sort(),
  ).toEqual(['127.0.0.10', '127.0.0.9']);
  await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 4, count: 2, now: new Date() });
  expect((await complete(taskId, 5)).results).toEqual([{ outcome: 'applied' }]);
});

it('raises a threshold that nobody chose with the targets that are added, and leaves one that was chosen', async () => {
  const thresholdAfter = async (config: object) => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/30', config);
    await states().createSubTasks(taskId, ['127.0.1.0/28']);
    return (await fixture.store.tasks.getTask(taskId)).error_info.error_threshold;
  };
  expect([await thresholdAfter({}), await thresholdAfter({ error_threshold: 2 })]).toEqual([20, 2]);
});

it('assigns and moves single subtasks as the interface says, all through the batch', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
  const claim = await states().assignSubTask(`${taskId}-2`, 'node-9');
  expect(claim.attempt).toBe(1);
  const assign = (node: string) => states().assignSubTask(`${taskId}-2`, node);
  expect(await assign('node-9')).toEqual(claim);
  await expect(assign('node-8')).rejects.toMatchObject({ code: 'not_assignable' });
  expect(await states().updateSubTaskStatus(`${taskId}-2`, 'SCANNING')).toEqual({ outcome: 'applied' });
  expect(await assign('node-9')).toEqual(claim);
  expect(await fixture.store.subTasks.getSubTask(`${taskId}-2`)).toMatchObject({
    status: 'SCANNING',
    assigned_node: 'node-9',
  });
  await states().updateSubTaskStatus(`${taskId}-2`, 'COMPLETED');
  await expect(assign('node-9')).rejects.toMatchObject({ code: 'not_assignable' });
});

it('hands out pending subtasks once', async () => {
  const taskId = await queuedTask(fixture.store, '127.1.0.0/30', { pool: 'getpending' });
  const heartbeat = toHeartbeat({ node_id: 'node-p', instance_id: 'i', capacity: 4, pools: ['getpending'] });
  await fixture.store.nodes.recordHeartbeat({ ...heartbeat, methods: ['nmap'], version: '1' }, new Date());
  expect(await states().getPendingSubTasks('node-p', 3)).toEqual([]);
  // A node may name no methods: it takes any.
  await fixture.store.nodes.recordHeartbeat(heartbeat, new Date());
  expect(await fixture.store.nodes.getNode('node-p')).not.toHaveProperty('version');
  const first = await states().getPendingSubTasks('node-p', 3);
  const second = await states().getPendingSubTasks('node-p', 3);
  expect([...first, ...second].map(({ subtask_id }) => subtask_id)).toEqual(
    [0, 1, 2, 3].map((index) => `${taskId}-${index}`),
  );
});

it('reads a task’s statistics', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/30', { max_retries: 0 });
  const now = Date.now();
  const secondsAgo = (seconds: number) => new Date(now - seconds * 1_000).toISOString();
  const times = { started_time: secondsAgo(5), completed_time: secondsAgo(3) };
  await states().batchUpdateSubTasks([
    report(claimOf(taskId, 0), 'COMPLETED', {
      ...times,
      scan_result: { open_ports: [22, 80], services: [], response_time: 1 },
    }),
    report(claimOf(taskId, 1), 'FAILED', failure('SCANNER_CRASHED')),
  ]);
  expect(await states().getTaskStatistics(taskId)).toMatchObject({
    completion_rate: 0.25,
    failure_rate: 0.25,
    average_execution_time: expect.closeTo(2, 1),
    open_ports_total: 2,
    error_codes: { SCANNER_CRASHED: 1 },
  });
});

it.each(['task_target', 'targets', 'task_initiator', 'scan', 'config'])(
  'creates no task without %s, and says so',
  async (missing) => {
    const { [missing]: _, ...task } = newTask('127.0.0.1') as unknown as Record<string, unknown>;
    const refused = { kind: 'invalid', code: 'bad_option', details: { field: missing } };
    await expect(states().createTask(task as never)).rejects.toMatchObject(refused);
  },
);

it('cleans up tasks that ended long ago, with all their documents', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.1');
  await complete(taskId, 0);
  await states().calculateTaskProgress(taskId);
  expect(await states().cleanupExpiredTasks(0)).toBe(0);
  await fixture.store.tasks.settleTasks([taskId]);
  expect(await states().cleanupExpiredTasks(1)).toBe(0);
  for (const days of [-1, Number.NaN, Number.POSITIVE_INFINITY, '0' as never]) {
    const refused = { kind: 'invalid', code: 'bad_option', details: { field: 'expireDays' } };
    await expect(states().cleanupExpiredTasks(days)).rejects.toMatchObject(refused);
  }
  expect(await states().cleanupExpiredTasks(0)).toBeGreaterThan(0);
  await expect(fixture.store.tasks.getTask(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
});
