import { newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const create = (body: object, headers = {}) => fixture.api('POST', '/api/tasks', { body, headers });
const again = (from_task: string, more: object = {}) => ({ from_task, task_initiator: 'again', ...more });

describe('POST /api/tasks/dry-run', () => {
  const plan = (body: object, key = KEYS.operator) =>
    fixture.api('POST', '/api/tasks/dry-run', { key, body, headers: { 'idempotency-key': 'planned' } });

  it('says what a task would be, and creates and publishes nothing', async () => {
    const { seen, store } = fixture;
    const count = async () => (await store.tasks.findTasks({ limit: 100 })).items.length;
    const before = [await count(), seen.events.length, seen.control.length];
    const body = newTask({ task_target: '127.0.0.0/29 127.0.0.1 10.0.0.1 x', exclude_target: '127.0.0.7' });
    const { status, body: found } = await plan(body);
    expect([status, found.would_create, found.refused_count]).toEqual([200, false, 2]);
    expect(found).toMatchObject({ total_targets: 8, excluded: 1, duplicates: 1, ports: 2, probes: 16, estimate: null });
    expect(found.refused.map(({ entry, code }: { entry: string; code: string }) => [entry, code])).toEqual([
      ['x', 'invalid_targets'],
      ['10.0.0.1', 'out_of_scope'],
    ]);
    expect(found.warnings).toMatchObject([{ code: 'no_node_in_pool' }]);
    expect([await count(), seen.events.length, seen.control.length]).toEqual(before);
    // Another body under the same key: it has taken none.
    expect((await plan(newTask())).body.would_create).toBe(true);
    expect((await create(newTask(), { 'idempotency-key': 'planned' })).status).toBe(201);
  });
});

describe('POST /api/tasks with from_task', () => {
  it('scans the same again, but for what is given; a repeat of the key is that task', async () => {
    const { body: old } = await create(
      newTask({ exclude_target: '127.0.0.1', labels: ['edge'], config: { priority: 9, pool: 'p' } }),
    );
    const body = again(old.task_id, { config: { pool: 'q' }, scan: { ports: '443' } });
    const first = await create(body, { 'idempotency-key': 'again' });
    expect([first.status, first.body]).toMatchObject([
      201,
      {
        from_task: old.task_id,
        task_initiator: 'again',
        task_target: '127.0.0.0/29',
        exclude_target: '127.0.0.1',
        labels: ['edge'],
        scan: { ports: '443', method: 'connect' },
        config: { priority: 9, pool: 'q' },
        progress: { total_targets: 7 },
      },
    ]);
    const repeat = await create(body, { 'idempotency-key': 'again' });
    expect([repeat.status, repeat.body.task_id]).toEqual([200, first.body.task_id]);
    const other = await create({ ...body, scan: { ports: '80' } }, { 'idempotency-key': 'again' });
    toProblemOf(other, 422, 'idempotency_key_reused');
  });

  it('scans only what failed, or what had open ports', async () => {
    const order = { config: { order: 'sequential', max_retries: 0 } };
    const task = await fixture.runningTask(['FAILED', 'COMPLETED', 'FAILED', 'FAILED', 'SCANNING', 'COMPLETED'], order);
    const failed = await create(again(task, { only: 'failed' }));
    expect(failed.body).toMatchObject({ from_task: task, only: 'failed', task_target: '127.0.0.0,127.0.0.2/31' });
    const open = await create(again(task, { only: 'open', exclude_target: '127.0.0.5' }));
    expect(open.body).toMatchObject({ task_target: '127.0.0.1,127.0.0.5', progress: { total_targets: 1 } });
    const none = await create(again(failed.body.task_id, { only: 'failed' }));
    expect(toProblemOf(none, 409, 'nothing_to_scan').field).toBe('only');
    const unknown = await create(again('f'.repeat(24), { only: 'failed' }));
    expect(toProblemOf(unknown, 404, 'task_not_found').field).toBe('from_task');
  });
});
