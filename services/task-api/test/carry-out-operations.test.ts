import type { BulkAction } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { createTestbed, createTestStore, type Testbed, testLogger, toNewTask, upTo } from '@cyberstroll/testkit';
import { createOperationSweep, type OperationDeps } from '../src/sweeps/carry-out-operations';

let testbed: Testbed;
let store: Store;
beforeAll(async () => {
  testbed = await createTestbed();
  store = await testbed.start(createTestStore(testbed));
});
afterAll(() => testbed?.cleanup());

const makeTasks = async (count: number) =>
  (await Promise.all(upTo(count).map(() => store.tasks.createTask(toNewTask('127.0.0.1'))))).map(({ task }) => task);
const toIds = (tasks: readonly { task_id: string }[]) => tasks.map(({ task_id }) => task_id);

async function send(action: BulkAction, tasks: readonly { task_id: string }[], rest: object = {}) {
  const command = { action, filter: {}, operator: 'otto', more: false, task_ids: toIds(tasks), ...rest };
  return (await store.operations.create(command, new Date())).operation_id;
}

const sweep = (changed: Partial<OperationDeps['store']> = {}) => {
  const publisher = {} as OperationDeps['publisher'];
  const leadership = { isLeader: async () => true };
  const deps = { publisher, leadership, auditLogDays: 1, broadcast: async () => undefined, logger: testLogger };
  const sweepOnce = createOperationSweep({ ...deps, store: { ...store, ...changed } });
  return () => sweepOnce(new Date());
};

/** The tasks, with another `changeFields`. */
const withChange = (changeFields: Store['tasks']['changeFields']) => ({ tasks: { ...store.tasks, changeFields } });

it('what goes wrong with one task is its outcome, and the operation continues', async () => {
  const tasks = await makeTasks(4);
  const [, broken, next] = toIds(tasks);
  const id = await send('label', tasks, { add_labels: ['x'] });
  const { tasks: changed } = withChange(async (taskId, toFields) => {
    if (taskId === broken) throw new TypeError('labels is not iterable');
    return store.tasks.changeFields(taskId, toFields);
  });
  await sweep({ tasks: changed })();
  expect(await store.operations.getOperation(id)).toMatchObject({
    state: 'done',
    done: 3,
    failed: 1,
    failures: [{ task_id: broken, code: 'internal_error', detail: 'unexpected error in the service' }],
  });
  expect((await store.tasks.getTask(next!)).labels).toEqual(['x']);
});

it('an outage fails no task; one that cannot be commanded again and again has failed', async () => {
  const tasks = await makeTasks(3);
  const [, broken] = toIds(tasks);
  const id = await send('priority', tasks, { priority: 9 });
  const unavailable = async () => {
    throw new AppError('mongodb_unavailable');
  };
  const during = sweep({
    ...withChange(unavailable),
    operations: { ...store.operations, noteTry: unavailable },
  });
  for (const _ of upTo(10)) await expect(during()).rejects.toMatchObject({ code: 'mongodb_unavailable' });
  expect(await store.operations.getOperation(id)).toMatchObject({ state: 'waiting', failed: 0 });

  // Operations of other actions continue meanwhile.
  const others = await send('label', tasks, { add_labels: ['y'] });
  let tries = 0;
  const after = sweep(
    withChange((taskId, toFields) => {
      const isBroken = taskId === broken && toFields({ labels: [] } as never).priority === 9;
      if (!isBroken) return store.tasks.changeFields(taskId, toFields);
      tries += 1;
      return unavailable();
    }),
  );
  await after();
  expect(await store.operations.getOperation(others)).toMatchObject({ state: 'done', done: 3 });
  expect(await store.operations.getOperation(id)).toMatchObject({ state: 'running', done: 1, failed: 0 });
  while ((await after()) !== undefined);
  expect(tries).toBe(5);
  expect(await store.operations.getOperation(id)).toMatchObject({
    state: 'done',
    done: 2,
    failed: 1,
    failures: [{ task_id: broken, code: 'mongodb_unavailable' }],
  });
});

it('commands no task before the audit log has it', async () => {
  const tasks = await makeTasks(2);
  const sender = { role: 'operator', address: '127.0.0.1', request_id: 'r' };
  const id = await send('priority', tasks, { priority: 6, sender });
  const add = async () => {
    throw new AppError('mongodb_unavailable');
  };
  const without = sweep({ auditLog: { ...store.auditLog, add } });
  await expect(without()).rejects.toMatchObject({ code: 'mongodb_unavailable' });
  expect(await store.operations.getOperation(id)).toMatchObject({ state: 'waiting' });
  expect((await store.tasks.getTask(tasks[0]!.task_id)).edits).toBe(tasks[0]!.edits);
  await sweep()();
  expect(await store.operations.getOperation(id)).toMatchObject({ state: 'done', done: 2 });
});

it('a cancel goes before a change of labels, and no older retry starts what it stopped', async () => {
  const tasks = await makeTasks(12);
  const [retry, label] = [await send('retry', tasks), await send('label', tasks, { add_labels: ['z'] })];
  let cancel: string | undefined;
  const states = new Set<string>();
  const labelling = withChange(async (...args) => {
    // The first change of labels is under way.
    if (cancel) states.add((await store.operations.getOperation(cancel)).state);
    else cancel = await send('cancel', tasks);
    return store.tasks.changeFields(...args);
  });
  await sweep(labelling)();
  expect(await store.operations.getOperation(cancel!)).toMatchObject({ state: 'done', done: 12 });
  // It waits for the tasks that were read before it came.
  expect([...states]).toEqual(['waiting', 'done']);
  expect(await store.operations.getOperation(label)).toMatchObject({ state: 'done', done: 12 });
  expect(await store.operations.getOperation(retry)).toMatchObject({
    state: 'done',
    failures: expect.arrayContaining([expect.objectContaining({ code: 'operation_overruled' })]),
  });
});

it('ends when the API key of its operator was revoked', async () => {
  const tasks = await makeTasks(1);
  const key = await store.apiKeys.create({ name: 'olga', role: 'operator' }, 'ada', new Date());
  const id = await send('priority', tasks, { priority: 7, key_id: key.key_id, operator: key.name });
  await store.apiKeys.revoke(key.key_id, 'ada', new Date());
  expect(await sweep()()).toBeUndefined();
  expect(await store.operations.getOperation(id)).toMatchObject({
    state: 'cancelled',
    done: 0,
    cancelled_by: 'task-api',
    cancel_reason: 'the API key of olga was revoked',
  });
});
