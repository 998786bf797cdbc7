import { AUDIT_COLUMNS } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { type Api, newTask } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
beforeAll(async () => {
  context = await setup();
  api = context.api;
});
afterAll(() => context?.cleanup());

const list = async (query = '') => (await api('GET', `/api/audit?${query}`, { key: KEYS.admin })).body;

describe('the audit log', () => {
  it('says who commanded what, with the reason, what changed and what was answered', async () => {
    const task_id = await context.runningTask(['SCANNING']);
    const post = (command: string, call: object = {}) => api('POST', `/api/tasks/${task_id}/${command}`, call);
    await post('pause', { body: { reason: '午休' } });
    await post('cancel', { key: KEYS.viewer });
    await post('cancel', { body: { why: 'no such field' } });
    await post('cancel');
    await post('resume');
    const entries = (await list(`task_id=${task_id}`)).items as Record<string, unknown>[];
    const by = { operator: 'otto', role: 'operator', address: '127.0.0.1', task_id };
    expect(entries).toMatchObject([
      { ...by, operation: 'resumeTask', status: 409, code: 'illegal_transition' },
      { ...by, operation: 'cancelTask', before: 'PAUSED', after: 'CANCELLED', status: 200 },
      { ...by, operation: 'cancelTask', status: 422, code: 'invalid_body' },
      { ...by, operation: 'cancelTask', operator: 'vera', role: 'viewer', status: 403, code: 'forbidden' },
      { ...by, operation: 'pauseTask', reason: '午休', before: 'RUNNING', after: 'PAUSED', status: 200 },
      { ...by, operation: 'createTask', after: 'CREATED', status: 201 },
    ]);
    await api('POST', '/api/tasks', { body: newTask(), headers: { 'x-request-id': 'ticket-7' } });
    const [created] = (await list('operation=createTask&operator=otto&limit=1')).items;
    expect(created).toMatchObject({ operation: 'createTask', request_id: 'ticket-7', after: 'CREATED', status: 201 });
    expect((await list(`task_id=${created.task_id}`)).items).toEqual([created]);
  });

  it('marks dry runs, however they end, and finds what a command created; a file has all that match', async () => {
    const task_id = await context.runningTask(['SCANNING']);
    for (const body of [{ dry_run: true }, { dry_run: true, why: 'no such field' }, {}]) {
      await api('POST', `/api/tasks/${task_id}/retry`, { body });
    }
    await api('POST', '/api/tasks/dry-run', { body: newTask() });
    const filter = { label: 'no such label' };
    const { operation_id } = (await api('POST', '/api/tasks/bulk', { body: { action: 'pause', filter } })).body;
    const retries = (await list(`task_id=${task_id}`)).items as Record<string, unknown>[];
    expect(retries.map(({ status, dry_run }) => [status, dry_run])).toEqual([
      [expect.any(Number), undefined],
      [422, true],
      [200, true],
      [201, undefined],
    ]);
    expect((await list('operation=planTask')).items[0]).toMatchObject({ status: 200, dry_run: true });
    const [bulk] = (await list(`subject=${operation_id}`)).items;
    expect(bulk).toMatchObject({ operation: 'bulkTasks', subject: operation_id, status: 202 });

    const csv = (await list(`task_id=${task_id}&limit=1&format=csv`)) as unknown as string;
    const [head, ...rows] = csv.trimEnd().split('\r\n');
    expect(head).toBe(AUDIT_COLUMNS.join(','));
    expect(rows.map((row) => row.split(',').slice(2, 4))).toEqual([
      ['retryTask', ''],
      ['retryTask', 'true'],
      ['retryTask', 'true'],
      ['createTask', ''],
    ]);
    const ndjson = (await list(`task_id=${task_id}&format=ndjson`)) as unknown as string;
    // The page has names, too.
    expect(retries).toMatchObject(
      ndjson
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
  });

  it('has one refused login per address and minute, and no read', async () => {
    for (const key of [null, 'wrong-0123456789abcdef', 'wrong-0123456789abcdeg']) {
      expect((await api('GET', '/api/tasks', { key })).status).toBe(401);
    }
    await api('GET', '/api/tasks');
    // Written beside the answer.
    const items = await eventually(async () => {
      const found = (await list('operation=login')).items;
      expect(found).toMatchObject([{ address: '127.0.0.1', status: 401, code: 'unauthorised' }]);
      return found;
    });
    expect(JSON.stringify(items)).not.toContain('wrong');
    expect((await list()).items.map(({ operation }: { operation: string }) => operation)).not.toContain('listTasks');
  });

  it('is for admins, filters by time, comes in pages, and expires', async () => {
    for (const key of [KEYS.viewer, KEYS.operator]) expect((await api('GET', '/api/audit', { key })).status).toBe(403);
    const first = await list('limit=1');
    const second = await list(`limit=1&cursor=${first.next_cursor}`);
    expect(second.items[0].audit_id < first.items[0].audit_id).toBe(true);
    const { time, expires } = first.items[0];
    expect(Date.parse(expires) - Date.parse(time)).toBe(365 * 86_400_000);
    expect((await list(`after=${time}`)).items).toHaveLength(1);
    expect((await list(`before=${time}&limit=1`)).items).toEqual(second.items);
  });
});
