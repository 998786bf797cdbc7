import { upTo } from '@cyberstroll/testkit';
import { type Connection, createConnection, mongo, Types } from 'mongoose';
import { type Api, newTask, toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let database: Connection;
let api: Api;

beforeAll(async () => {
  fixture = await setup({ API_KEYS: `张三:operator:${KEYS.operator}` });
  database = await createConnection(fixture.testbed.mongodb_uri).asPromise();
  api = fixture.api;
});
afterAll(async () => {
  await database?.close();
  await fixture?.cleanup();
});

const create = (change: object, headers = {}) => api('POST', '/api/tasks', { body: newTask(change), headers });
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('names in any script', () => {
  const names = { task_initiator: 'José 张三', task_type: '扫描', task_category: '夜间扫描' };

  it('are stored in NFC, and the key’s name is the operator', async () => {
    const { status, body } = await create({ ...names, task_initiator: ` ${'José'.normalize('NFD')} 张三 ` });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...names, status_history: [{ operator: '张三' }] });
    await api('POST', `/api/tasks/${body.task_id}/cancel`, { body: { reason: '停止：客户要求' } });
    const [listed] = (await api('GET', '/api/tasks?limit=1')).body.items;
    expect(listed).toMatchObject({ ...names, task_id: body.task_id });
    expect(listed.status_history[1]).toMatchObject({ operator: '张三', reason: '停止：客户要求' });
  });
});

describe('a reason', () => {
  it.each([
    ['  已通知客户 ', '已通知客户'],
    ['', 'cancel by operator'],
    [' \t ', 'cancel by operator'],
  ])('%j is kept as %j', async (reason, kept) => {
    const { task_id } = (await create({})).body;
    await api('POST', `/api/tasks/${task_id}/cancel`, { body: { reason } });
    const { status_history } = (await api('GET', `/api/tasks/${task_id}`)).body;
    expect(status_history.at(-1)).toMatchObject({ status: 'CANCELLED', reason: kept });
  });

  it.each([
    ['\u001b[31mred\u0007', 'U+001B'],
    ['a\u0000', 'U+0000'],
    ['x'.repeat(501), 'at most 500'],
  ])('%j is refused, and the task is left as it is', async (reason, why) => {
    const { task_id } = (await create({})).body;
    const answer = await api('POST', `/api/tasks/${task_id}/cancel`, { body: { reason } });
    expect(toProblemOf(answer, 422, 'invalid_body')).toMatchObject({
      field: 'reason',
      detail: expect.stringContaining(why),
    });
    expect((await api('GET', `/api/tasks/${task_id}/status`)).body.status).toBe('CREATED');
  });
});

describe('the largest task that a body can create', () => {
  const label = '𠮷'.repeat(100);
  /** White space of three bytes each, and then as many addresses as the text may hold. */
  const toText = (second: number, length: number) =>
    `${'\u3000'.repeat(1_000)}${upTo(length)
      .map((n) => `127.${second + (n >> 14)}.${(n >> 7) & 127}.${2 * (n & 127)}`)
      .join(' ')}`;
  const largest = {
    task_initiator: label,
    task_type: label,
    task_category: label,
    task_target: toText(0, 70_000),
    exclude_target: toText(100, 4_400),
    scan: { ports: upTo(511).map((n) => 2 * n + 1) },
    config: {
      pool: 'p'.repeat(50),
      retryable: Object.fromEntries(upTo(50).map((n) => [`A${n}`.padEnd(50, 'X'), true])),
    },
    error_info: { error_threshold: '33.33%' },
  };

  it('is a document of less than 64 KB, is shown in full alone, and cut in lists', async () => {
    const { status, body } = await create(largest, { 'idempotency-key': 'k'.repeat(100) });
    expect(status).toBe(201);
    const { task_target, exclude_target } = largest;
    expect([task_target.length > 850_000, exclude_target.length > 59_000]).toEqual([true, true]);
    expect(body).toMatchObject({ task_target, exclude_target });
    expect((await api('GET', `/api/tasks/${body.task_id}`)).body).toMatchObject({ task_target, exclude_target });
    expect((await create(largest, { 'idempotency-key': 'k'.repeat(100) })).status).toBe(200);

    const document = await database.collection('tasks').findOne({ task_id: body.task_id });
    // Its history may grow to 32 KB.
    expect(mongo.BSON.calculateObjectSize(document!)).toBeLessThan(65_536 - 33_000);
    const [listed] = (await api('GET', '/api/tasks?limit=1')).body.items;
    expect([listed.task_target.length, listed.exclude_target.length]).toEqual([1_000, 1_000]);
  });

  it('is listed a thousand times in pages of 1 MB', async () => {
    const tasks = database.collection('tasks');
    const keys = database.collection<{ _id: string; id: string }>('idempotency_keys');
    const { id: task_id } = (await keys.findOne({ _id: `张三:${'k'.repeat(100)}` }))!;
    const { _id, ...task } = (await tasks.findOne({ task_id }))!;
    const ids = upTo(999).map(() => new Types.ObjectId());
    await tasks.insertMany(ids.map((id) => ({ ...task, _id: id, task_id: id.toHexString() })));

    const wanted = new Set([task['task_id'], ...ids.map(String)]);
    const seen: string[] = [];
    for (let query = ''; query !== undefined; ) {
      const { status, body } = await api('GET', `/api/tasks?limit=1000${query}`);
      expect(status).toBe(200);
      expect(bytesOf(body)).toBeLessThan(1_100_000);
      seen.push(...body.items.map(({ task_id }: { task_id: string }) => task_id));
      if (body.next_cursor === undefined) break;
      query = `&cursor=${body.next_cursor}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => wanted.has(id))).toHaveLength(1_000);
  });
});
