import { eventually, testLogger, upTo } from '@cyberstroll/testkit';
import { createOperationSweep } from '../src/sweeps/carry-out-operations';
import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const bulk = (body: object, key = KEYS.operator) => fixture.api('POST', '/api/tasks/bulk', { body, key });

/** Sends the command, and waits until it is carried out. */
async function carryOut(body: object, key = KEYS.operator) {
  const { status, headers, body: operation } = await bulk(body, key);
  expect([status, headers.get('location')]).toEqual([202, `/api/operations/${operation.operation_id}`]);
  return eventually(async () => {
    const { body: read } = await fixture.api('GET', headers.get('location')!, { key: KEYS.viewer });
    expect(read.state).toBe('done');
    return read;
  });
}

async function makeTasks(label: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.push((await fixture.api('POST', '/api/tasks', { body: newTask({ labels: [label] }) })).body.task_id);
  }
  return ids;
}

it('commands every task that matches, and says what became of each', async () => {
  const ids = await makeTasks('夜间', 3);
  const running = await fixture.runningTask(['SCANNING'], { labels: ['夜间'] });
  const filter = { label: '夜间' };
  const named = await bulk({ filter: { task_id: [running, ids[1]], label: '夜间' }, action: 'pause', dry_run: true });
  expect(named.body).toMatchObject({ matched: 2, task_ids: [ids[1], running] });
  const plan = await bulk({ filter, action: 'pause', dry_run: true });
  expect(plan).toMatchObject({ status: 200, body: { matched: 4, task_ids: [...ids, running], more: false } });
  expect((await fixture.store.tasks.getTask(running)).status).toBe('RUNNING');

  expect(await carryOut({ filter, action: 'pause', reason: 'lunch' })).toMatchObject({
    matched: 4,
    done: 1,
    unchanged: 0,
    failed: 3,
    operator: 'otto',
    reason: 'lunch',
    failures: ids.map((task_id) => ({ task_id, code: 'illegal_transition' })),
  });
  const { status_history } = await fixture.store.tasks.getTask(running);
  expect(status_history.at(-1)).toMatchObject({ status: 'PAUSED', operator: 'otto', reason: 'lunch' });
  const labels = {
    filter: { status: ['PAUSED'], label: '夜间' },
    action: 'label',
    add_labels: ['x'],
    remove_labels: ['夜间'],
  };
  expect(await carryOut(labels)).toMatchObject({ done: 1, failed: 0 });
  expect(await carryOut({ filter: { label: 'x' }, action: 'priority', priority: 9 })).toMatchObject({ done: 1 });
  expect(await fixture.store.tasks.getTask(running)).toMatchObject({ labels: ['x'], config: { priority: 9 } });
  expect(await carryOut({ filter: { label: 'x' }, action: 'priority', priority: 9 })).toMatchObject({ unchanged: 1 });
  expect(await carryOut({ filter, action: 'cancel' })).toMatchObject({ matched: 3, done: 3 });
  // Ended tasks need nothing.
  for (const action of ['pause', 'resume', 'cancel']) {
    expect(await carryOut({ filter, action })).toMatchObject({ unchanged: 3, failed: 0 });
  }
  toProblemOf(await bulk({ filter, action: 'delete' }), 403, 'forbidden');
  expect(await carryOut({ filter, action: 'delete' }, KEYS.admin)).toMatchObject({ done: 3 });
  expect((await fixture.store.cleanUp.findRequested(10)).map(({ task_id }) => task_id).sort()).toEqual(ids.sort());
});

it('is in the audit log of each of its tasks: who commanded it, by which operation, and what became of it', async () => {
  const ids = await makeTasks('audited', 11);
  await fixture.api('POST', `/api/tasks/${ids[10]}/cancel`, { key: KEYS.other });
  const cancel = await carryOut({ filter: { label: 'audited' }, action: 'cancel', reason: 'wrong network' });
  const pause = await carryOut({ filter: { label: 'audited' }, action: 'pause' });
  const list = async (query: string) =>
    (await fixture.api('GET', `/api/audit?${query}`, { key: KEYS.admin })).body.items as Record<string, unknown>[];

  const by = { operator: 'otto', role: 'operator', address: '127.0.0.1' };
  const alone = { operator: 'olga', operation: 'cancelTask', before: 'CREATED', after: 'CANCELLED' };
  for (const [task_id, after, earlier] of [
    [ids[0], 'done', []],
    [ids[10], 'unchanged', [alone]],
  ] as const) {
    await eventually(async () =>
      expect(await list(`task_id=${task_id}`)).toMatchObject([
        {
          ...by,
          operation: 'pauseTask',
          subject: pause.operation_id,
          task_id,
          after: 'unchanged',
        },
        { ...by, operation: 'cancelTask', subject: cancel.operation_id, task_id, after, reason: 'wrong network' },
        ...earlier,
        { operation: 'createTask', after: 'CREATED', status: 201 },
      ]),
    );
  }
  expect(JSON.stringify(await list(`task_id=${ids[0]}`))).not.toContain(ids[1]);
  // Without the id of a task it is one entry.
  expect((await list('limit=2')).map(({ operation }) => operation)).toEqual(['bulkTasks', 'bulkTasks']);
});

it('continues where another replica stopped, and commands no task twice', async () => {
  const ids = await makeTasks('crash', 4);
  const operation = { action: 'priority' as const, priority: 8, filter: {}, operator: 'otto', more: false };
  const { operation_id } = await fixture.store.operations.create({ ...operation, task_ids: ids }, new Date());
  // It leads for two tasks: the service's own sweep takes over.
  let left = 2;
  const leadership = { isLeader: async () => left-- > 0 };
  const deps = { ...fixture, auditLogDays: 1, broadcast: async () => undefined, leadership, logger: testLogger };
  await createOperationSweep(deps)(new Date());
  await eventually(async () => {
    expect(await fixture.store.operations.getOperation(operation_id)).toMatchObject({ state: 'done', failed: 0 });
  });
  for (const taskId of ids) {
    expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({ config: { priority: 8 }, edits: 1 });
  }
});

it('is ended by DELETE, once, and the audit log says who did it', async () => {
  const command = { action: 'retry' as const, filter: {}, operator: 'otto', more: false };
  const task_ids = upTo(10_000).map((n) => n.toString(16).padStart(24, '0'));
  const { operation_id } = await fixture.store.operations.create({ ...command, task_ids }, new Date());
  const path = `/api/operations/${operation_id}`;
  const end = (key = KEYS.operator, of = path) => fixture.api('DELETE', `${of}?reason=too%20many`, { key });
  toProblemOf(await end(KEYS.viewer), 403, 'forbidden');
  expect(await end()).toMatchObject({
    status: 200,
    body: { operation_id, state: 'cancelled', cancelled_by: 'otto', cancel_reason: 'too many', matched: 10_000 },
  });
  const ended = (await fixture.api('GET', path)).body;
  expect(ended.failed).toBeLessThan(10_000);
  expect(await end(KEYS.admin)).toMatchObject({ status: 200, body: { cancelled_by: 'otto' } });
  const { items } = (await fixture.api('GET', '/api/audit?operation=cancelOperation&limit=2', { key: KEYS.admin }))
    .body;
  expect(items).toMatchObject([
    { operator: 'ada', subject: operation_id, after: 'cancelled', status: 200, reason: 'too many' },
    { operator: 'otto', subject: operation_id, after: 'cancelled', status: 200, reason: 'too many' },
  ]);
  toProblemOf(await end(KEYS.operator, `/api/operations/${'0'.repeat(24)}`), 404, 'operation_not_found');
});
