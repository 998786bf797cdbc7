import {
  fleetStatisticsViewSchema,
  TASK_COLUMNS,
  taskStatisticsSchema,
  taskStatusViewSchema,
} from '@cyberstroll/contracts';
import { createAheadTime } from '@cyberstroll/testkit';
import { type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let api: Api;
beforeAll(async () => {
  fixture = await setup();
  api = fixture.api;
});
afterAll(() => fixture?.cleanup());

describe('POST /api/tasks', () => {
  it('creates a task and answers with its Location', async () => {
    const names = { name: '总部, every night', labels: ['nightly', '总部'] };
    const created = await api('POST', '/api/tasks', { body: newTask({ exclude_target: '127.0.0.7', ...names }) });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe(`/api/tasks/${created.body.task_id}`);
    expect(created.body).toMatchObject({
      task_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      status: 'CREATED',
      task_target: '127.0.0.0/29',
      exclude_target: '127.0.0.7',
      task_initiator: 'tester',
      ...names,
      scan: { ports: '22,80', method: 'connect' },
      progress: { total_targets: 7, pending_count: 7, progress_percentage: 0 },
      config: { max_retries: 3, pool: 'default' },
      status_history: [{ status: 'CREATED', operator: 'otto' }],
    });
    for (const internal of [
      'target_segments',
      'target_ranges',
      'rev',
      'cursor',
      'idempotency_key',
      'end_hold',
      '_id',
    ]) {
      expect(created.body).not.toHaveProperty(internal);
    }
    const read = await api('GET', created.headers.get('location')!);
    // How long it has waited differs at each read.
    const { waiting_reason, ...task } = created.body;
    expect(read.body).toEqual({ ...task, waiting_reason: expect.objectContaining({ code: waiting_reason.code }) });
  });
});

it('keeps the options of a method and the metadata of a client as they are; lists leave the options out', async () => {
  const options = { rate: 50, 'http.header': { 'X-Team': 'red' }, empty: {}, none: null, list: [[], 1.5] };
  const metadata = { ticket: 'SEC-7', 'tenant.id': 3 };
  const body = newTask({ metadata, scan: { method: 'nuclei', options } });
  const { body: task } = await api('POST', '/api/tasks', { body });
  const of = { scan: { method: 'nuclei', ports: '1-65535', options }, metadata };
  expect(task).toMatchObject(of);
  expect((await api('GET', `/api/tasks/${task.task_id}`)).body).toMatchObject(of);
  const { body: list } = await api('GET', `/api/tasks?task_id=${task.task_id}`);
  expect(list.items).toEqual([expect.objectContaining({ metadata, scan: { method: 'nuclei', ports: '1-65535' } })]);
  const again = { from_task: task.task_id, task_initiator: 'tester' };
  expect((await api('POST', '/api/tasks', { body: again })).body).toMatchObject(of);
  const source = await fixture.store.tasks.getJobSource(task.task_id);
  expect(source.scan).toEqual(of.scan);
});

describe('reading tasks', () => {
  it('lists newest first, in pages, by status', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await api('POST', '/api/tasks', { body: newTask() })).body.task_id);
    await api('POST', `/api/tasks/${ids[2]}/cancel`);

    const seen: string[] = [];
    let path = '/api/tasks?limit=2&status=CREATED';
    for (let more = true; more && seen.length < 6; ) {
      const { status, body } = await api('GET', path, { key: KEYS.viewer });
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ task_id }: { task_id: string }) => task_id));
      more = body.next_cursor !== undefined;
      path = `/api/tasks?limit=2&status=CREATED&cursor=${body.next_cursor}`;
    }
    expect(seen.slice(0, 4)).toEqual([ids[4], ids[3], ids[1], ids[0]]);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('lists by labels, initiator, target and order', async () => {
    const ids: string[] = [];
    for (const [n, priority] of [3, 9, 6].entries()) {
      const names = { labels: ['夜间', `l${n}`], task_initiator: '张三' };
      const body = newTask({ ...names, task_target: `127.77.${n}.0/24`, config: { priority } });
      ids.push((await api('POST', '/api/tasks', { body })).body.task_id);
    }
    const list = async (query: string) =>
      (await api('GET', `/api/tasks?${query}`)).body.items.map(({ task_id }: { task_id: string }) =>
        ids.indexOf(task_id),
      );
    expect(await list(`label=${encodeURIComponent('夜间')}`)).toEqual([2, 1, 0]);
    expect(await list(`label=l1&label=${encodeURIComponent('夜间')}&status=CREATED&status=QUEUED`)).toEqual([1]);
    expect(await list(`task_initiator=${encodeURIComponent('张三')}&sort=oldest`)).toEqual([0, 1, 2]);
    expect(await list('target=127.77.0.0/16&sort=priority&task_initiator=%E5%BC%A0%E4%B8%89')).toEqual([1, 2, 0]);
    expect(await list('target=127.77.2.9&sort=oldest&label=l2')).toEqual([2]);

    const csv = await api('GET', '/api/tasks?task_initiator=%E5%BC%A0%E4%B8%89&sort=oldest&limit=1&format=csv');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, ...rows] = String(csv.body).trimEnd().split('\r\n');
    expect(head).toBe(TASK_COLUMNS.join(','));
    expect(rows.map((row) => ids.indexOf(row.split(',')[0]!))).toEqual([0, 1, 2]);
    const ndjson = await api('GET', '/api/tasks?label=l1', { headers: { accept: 'application/x-ndjson' } });
    expect(JSON.parse(String(ndjson.body))).toMatchObject({ task_id: ids[1], labels: ['夜间', 'l1'] });

    const { next_cursor } = (await api('GET', '/api/tasks?sort=oldest&limit=1')).body;
    const other = await api('GET', `/api/tasks?limit=1&cursor=${next_cursor}`);
    expect(toProblemOf(other, 400, 'invalid_query').field).toBe('cursor');
  });

  it('gives status, progress and statistics in the contract’s shapes', async () => {
    const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
    const status = (await api('GET', `/api/tasks/${task_id}/status`)).body;
    expect(taskStatusViewSchema.parse(status)).toMatchObject({
      task_id,
      status: 'CREATED',
      progress: { percentage: 0, completed: 0, total: 8, estimated_remaining: null },
      timeline: [{ status: 'CREATED' }],
    });
    expect((await api('GET', `/api/tasks/${task_id}/progress`)).body).toMatchObject({
      type: 'progress_update',
      task_id,
      progress: 0,
      status: 'CREATED',
      counts: { total_targets: 8, pending_count: 8 },
    });
    const statistics = (await api('GET', `/api/tasks/${task_id}/statistics`)).body;
    expect(taskStatisticsSchema.parse(statistics)).toMatchObject({ task_id, completion_rate: 0 });
  });

  it('gives viewers the statistics of all tasks, and those of each task', async () => {
    const before = (await api('GET', '/api/statistics', { key: KEYS.viewer })).body;
    await api('POST', '/api/tasks', { body: newTask() });
    const rates = { in_per_second: 12.5, out_per_second: 11 };
    await fixture.store.queueRates.note(new Map([['cs.updates', rates]]), new Date(), 600_000);
    // An answer is kept for two seconds.
    const time = createAheadTime();
    time.pass(2_000);
    const { status, body } = await api('GET', '/api/statistics', { key: KEYS.viewer });
    time.release();
    expect(status).toBe(200);
    const { timestamp, ...rest } = body;
    fleetStatisticsViewSchema.strict().parse({ ...rest, timestamp: new Date(timestamp) });
    expect(body.tasks.CREATED).toBe(before.tasks.CREATED + 1);
    expect(body.progress.total_targets).toBe(before.progress.total_targets + 8);
    const empty = { messages: 0, nonempty_seconds: 0 };
    expect(body.queues).toContainEqual({ queue: 'cs.updates', ...empty, ...rates });
    const unknown = { in_per_second: null, out_per_second: null };
    expect(body.queues).toContainEqual({ queue: 'cs.dead-letters', ...empty, ...unknown });
    toProblemOf(await api('GET', '/api/statistics', { key: null }), 401, 'unauthorised');
    expect(toProblemOf(await api('GET', '/api/statistics?x=1'), 400, 'invalid_query').field).toBe('x');
  });
});

it('counts requests by route and status, with no id in a label', async () => {
  const { task_id } = (await api('POST', '/api/tasks', { body: newTask() })).body;
  await api('GET', `/api/tasks/${task_id}/status`);
  await api('GET', `/api/tasks/${'0'.repeat(24)}/status`);
  await api('GET', '/api/nowhere/of-no-route');
  await api('GET', '/api/nodes', { key: null });
  const metrics = await (await fetch(`http://127.0.0.1:${fixture.service.port()}/metrics`)).text();
  const count = (route: string, status: number) =>
    metrics.includes(`cyberstroll_http_requests_total{method="GET",route="${route}",status="${status}",`);
  expect(count('/api/tasks/:task_id/status', 200)).toBe(true);
  expect(count('/api/tasks/:task_id/status', 404)).toBe(true);
  expect(count('none', 404)).toBe(true);
  expect(count('/api/nodes', 401)).toBe(true);
  expect(metrics).not.toContain(task_id);
  expect(metrics).not.toContain('of-no-route');
});
