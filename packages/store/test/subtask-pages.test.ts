import type { SubTask } from '@cyberstroll/contracts';
import { createJobSources } from '../src/dispatch/job-sources';
import type { Database } from '../src/mongodb/models/database';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import type { SubTaskPageQuery } from '../src/store';
import { createSubTaskPages } from '../src/subtasks/subtask-pages';
import { createTaskCommands } from '../src/tasks/task-commands';
import { createTaskWriter } from '../src/tasks/write-tasks';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const apply = (...updates: ReturnType<typeof report>[]) => fixture.store.subTasks.batchUpdateSubTasks(updates);
const withPorts = (...open_ports: number[]) => ({ scan_result: { open_ports, services: [], response_time: 1 } });
const CODE = 'OUT_OF_SCOPE';
const ips = (items: readonly SubTask[]) => items.map(({ ip }) => ip);
const indexesOf = (items: readonly SubTask[]) => items.map((subTask) => subTask.index);

/** Every page from the first to the last. */
async function readPages(taskId: string, query: SubTaskPageQuery): Promise<SubTask[][]> {
  const pages: SubTask[][] = [];
  let cursor: string | undefined;
  do {
    const page = await fixture.store.subTasks.findPage(taskId, { ...query, cursor });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    pages.push(page.items);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return pages;
}

describe('a page of subtasks', () => {
  it.each([undefined, 'PENDING', 'COMPLETED', 'SCANNING'] as const)(
    'gives each subtask once, page by page: %s',
    async (status) => {
      const taskId = await queuedTask(fixture.store, '127.0.0.0/27');
      await apply(
        ...[1, 5, 6, 30].map((index) => report(claimOf(taskId, index), 'COMPLETED')),
        report(claimOf(taskId, 9), 'SCANNING'),
      );
      const seen = (await readPages(taskId, { limit: 7, status: status && [status] })).flat();
      if (status) expect(new Set(seen.map((subTask) => subTask.status))).toEqual(new Set([status]));
      const all = Array.from({ length: 32 }, (_, index) => index);
      const expected = {
        COMPLETED: [1, 5, 6, 30],
        SCANNING: [9],
        PENDING: all.filter((index) => ![1, 5, 6, 9, 30].includes(index)),
      };
      expect(indexesOf(seen)).toEqual(status ? expected[status] : all);
    },
  );

  it('gives the untouched subtasks of an ended task as CANCELLED, with the cancelled ones, in index order', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/29');
    await apply(report(claimOf(taskId, 1), 'COMPLETED'), report(claimOf(taskId, 5), 'ASSIGNED'));
    await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
    await fixture.store.taskStates.updateSubTaskStatus(`${taskId}-5`, 'CANCELLED');
    const pages = await readPages(taskId, { limit: 3, status: ['CANCELLED'] });
    expect(pages.map(indexesOf)).toEqual([[0, 2, 3], [4, 5, 6], [7]]);
  });

  it('of a /8 shows the open ports, any status and any address without a walk over its addresses', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/8');
    const [low, high, failed] = [70_000, 16_000_000, 9_000_000];
    for (const first_index of [low, high, failed]) {
      await fixture.store.chunks.openChunk({ task_id: taskId, first_index, count: 1, now: new Date() });
    }
    await apply(
      report(claimOf(taskId, low), 'COMPLETED', withPorts(22, 80)),
      report(claimOf(taskId, high), 'COMPLETED', withPorts(443)),
      report(claimOf(taskId, 1_000), 'COMPLETED', withPorts()),
      report(claimOf(taskId, failed), 'FAILED', { error_info: { error_code: 'OUT_OF_SCOPE', error_message: 'no' } }),
    );
    const { findPage, reads, close } = await openCountedPages();
    try {
      const ask = async (query: Partial<SubTaskPageQuery>) => {
        reads.length = 0;
        const { items, next_cursor } = await findPage(taskId, { limit: 100, ...query });
        // Found by its index, not looked for; each status in a read of its own.
        expect(reads.length).toBeLessThanOrEqual(10 * (query.status?.length ?? 1));
        expect(sum(reads)).toBeLessThanOrEqual(items.length + 1);
        return { found: indexesOf(items), next_cursor };
      };
      expect(await ask({ has_open_ports: true })).toEqual({ found: [low, high] });
      expect(await ask({ has_open_ports: true, limit: 1 })).toEqual({ found: [low], next_cursor: String(high) });
      expect(await ask({ has_open_ports: true, limit: 1, cursor: String(high) })).toEqual({ found: [high] });
      expect(await ask({ has_open_ports: true, status: ['COMPLETED'] })).toEqual({ found: [low, high] });
      expect(await ask({ has_open_ports: true, status: ['FAILED'] })).toEqual({ found: [] });
      expect(await ask({ status: ['COMPLETED'] })).toEqual({ found: [1_000, low, high] });
      expect(await ask({ status: ['FAILED'] })).toEqual({ found: [failed] });
      expect(await ask({ status: ['TIMEOUT'] })).toEqual({ found: [] });
      expect(await ask({ status: ['FAILED', 'COMPLETED'] })).toEqual({ found: [1_000, low, failed, high] });
      expect(await ask({ status: ['FAILED'], error_code: 'OUT_OF_SCOPE' })).toEqual({ found: [failed] });
      expect(await ask({ status: ['TIMEOUT'], error_code: 'OUT_OF_SCOPE' })).toEqual({ found: [] });
      expect(await ask({ has_open_ports: true, error_code: 'OUT_OF_SCOPE' })).toEqual({ found: [] });
      expect(await ask({ node_id: 'node-1' })).toEqual({ found: [] });
      expect(await ask({ last_node: 'node-1' })).toEqual({ found: [] });

      const { items: all } = await findPage(taskId, { limit: 10, has_open_ports: true });
      const [first, second] = [...all].sort((a, b) => (a.address_key! < b.address_key! ? -1 : 1)).map((s) => s.index);
      const byAddress = { by_address: true, has_open_ports: true } as const;
      expect(await ask(byAddress)).toEqual({ found: [first, second] });
      const { found, next_cursor } = await ask({ ...byAddress, limit: 1 });
      expect(found).toEqual([first]);
      expect(await ask({ ...byAddress, limit: 1, cursor: next_cursor })).toEqual({ found: [second] });
      // Any place is read at once; by a status a page looks at some of them, and says where it stopped.
      expect(ips((await findPage(taskId, { by_address: true, limit: 2, cursor: '9000007' })).items)).toEqual([
        '127.137.84.71',
        '127.137.84.72',
      ]);
      expect(await ask({ by_address: true, status: ['TIMEOUT'] })).toEqual({ found: [], next_cursor: '10000' });

      const ipOf = async (index: number) => (await fixture.store.subTasks.getSubTask(`${taskId}-${index}`)).ip;
      expect(await ask({ ip: await ipOf(high) })).toEqual({ found: [high] });
      expect(await ask({ ip: await ipOf(high), has_open_ports: true, status: ['COMPLETED'] })).toEqual({
        found: [high],
      });
      expect(await ask({ ip: await ipOf(1_000), has_open_ports: true })).toEqual({ found: [] });
      expect(await ask({ ip: await ipOf(7), status: ['PENDING'] })).toEqual({ found: [7] });
      expect(await ask({ ip: '10.0.0.1' })).toEqual({ found: [] });
    } finally {
      await close();
    }
  });

  it('of what is untouched begins shortly before the cursor, not at the first address: PENDING, and CANCELLED at the end', async () => {
    const sent = 10_000;
    const untouched = [sent - 1_500, sent - 3];
    const taskId = await queuedTask(fixture.store, '127.0.0.0/16');
    const { findPage, reads, db, close } = await openCountedPages();
    try {
      await writeCompleted(db, taskId, sent, new Set(untouched));
      for (const status of ['PENDING', 'CANCELLED'] as const) {
        reads.length = 0;
        const page = await findPage(taskId, { status: [status], limit: 4 });
        expect(indexesOf(page.items)).toEqual([...untouched, sent, sent + 1]);
        expect(page.next_cursor).toBe(String(sent + 2));
        expect(sum(reads)).toBeLessThan(8_200);
        reads.length = 0;
        const next = await findPage(taskId, { status: [status], limit: 2, cursor: String(sent + 2) });
        expect(indexesOf(next.items)).toEqual([sent + 2, sent + 3]);
        expect(sum(reads)).toBe(0);
        if (status === 'PENDING') await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
      }
    } finally {
      await close();
    }
  });

  it('of an error code, of addresses and of what a node holds: the matches of every filter, page by page', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/24');
    const failed = [3, 40, 41, 200];
    await apply(
      ...failed.map((index) => report(claimOf(taskId, index), 'FAILED', failure(index === 41 ? 'NODE_LOST' : CODE))),
      report(claimOf(taskId, 7), 'COMPLETED', withPorts(22)),
      report(claimOf(taskId, 9, 1, 'node-9'), 'SCANNING'),
      report(claimOf(taskId, 8), 'ASSIGNED'),
    );
    const list = async (query: Partial<SubTaskPageQuery>) =>
      indexesOf((await readPages(taskId, { limit: 2, ...query })).flat());
    expect(await list({ error_code: CODE })).toEqual([3, 40, 200]);
    expect(await list({ error_code: 'NODE_LOST', status: ['RETRYING'] })).toEqual([41]);
    expect(await list({ status: ['SCANNING', 'ASSIGNED', 'RETRYING'] })).toEqual([8, 9, 41]);
    expect(await list({ node_id: 'node-9' })).toEqual([9]);
    expect(await list({ node_id: 'node-1' })).toEqual([8]);
    const lost = { last_node: 'node-1' };
    expect(await list(lost)).toEqual([41]);
    expect(await list({ ...lost, by_address: true })).toEqual([41]);
    expect(await list({ ...lost, status: ['RETRYING', 'SCANNING'], error_code: 'NODE_LOST' })).toEqual([41]);
    expect(await list({ ...lost, status: ['FAILED'] })).toEqual([]);
    const all = await list({});
    const open = await list({ status: ['PENDING', 'COMPLETED'] });
    expect(open).toEqual(all.filter((index) => ![...failed, 8, 9].includes(index)));
    // Addresses of a permuted task lie anywhere.
    const ips = new Map((await readPages(taskId, { limit: 300 })).flat().map(({ index, ip }) => [ip, index]));
    const inNetwork = [...ips].filter(([ip]) => Number(ip.split('.')[3]) < 64).map(([, index]) => index);
    expect(await list({ target: '127.0.0.0/26' })).toEqual(inNetwork.sort((a, b) => a - b));
    const named = [...ips].filter(([, index]) => [3, 7, 41, 100].includes(index)).map(([ip]) => ip);
    expect(await list({ target: named.join() })).toEqual([3, 7, 41, 100]);
    expect(await list({ target: named.join(), status: ['FAILED', 'PENDING'] })).toEqual([3, 100]);
    expect(await list({ target: named.join(), error_code: 'NODE_LOST' })).toEqual([41]);
    expect(await list({ target: named.join(), has_open_ports: true })).toEqual([7]);
    await expect(list({ target: '127.0.0.300' })).rejects.toMatchObject({ code: 'invalid_targets' });
  });

  it('of more addresses than a list takes is refused; only targets of the task count', async () => {
    const [large, small] = [
      await queuedTask(fixture.store, '127.0.0.0/15'),
      await queuedTask(fixture.store, '127.9.9.9'),
    ];
    const refusal = { code: 'invalid_targets', details: { field: 'target', limit: 65_536 } };
    await expect(readPages(large, { limit: 2, target: '127.0.0.0/15' })).rejects.toMatchObject(refusal);
    expect((await readPages(small, { limit: 2, target: '127.0.0.0/8' })).flat()).toHaveLength(1);
  });

  it('finds untouched subtasks although one beyond the cursor was begun', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(...[1, 2, 9, 10].map((index) => report(claimOf(taskId, index), 'COMPLETED')));
    const { db, close } = await openCountedPages();
    await db.tasks.updateOne({ task_id: taskId }, { $set: { cursor: 4 } });
    await close();
    const [page] = await readPages(taskId, { status: ['PENDING'], limit: 4 });
    expect(indexesOf(page!)).toEqual([0, 3, 4, 5]);
  });
});

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

/** Pages on a connection of their own. `reads` has the number of subtask documents in each answer of the database. */
async function openCountedPages() {
  const { connection, db, sessions } = await fixture.openParts('pages');
  const getJobSource = createJobSources(db);
  const { readTask } = createTaskCommands({
    db,
    sessions,
    writer: createTaskWriter(db, sessions),
    getFleetPace: async () => undefined,
  });
  const findPage = createSubTaskPages({
    db,
    readTask,
    getTargetIndex: async (taskId, count) => (await getJobSource(taskId, count)).targets,
  });
  const reads: number[] = [];
  connection.getClient().on('commandSucceeded', ({ reply }) => {
    const { cursor } = reply as { cursor?: { ns: string; firstBatch?: unknown[]; nextBatch?: unknown[] } };
    if (cursor?.ns.endsWith('.subtasks')) reads.push((cursor.firstBatch ?? cursor.nextBatch ?? []).length);
  });
  return { findPage, reads, db, close: () => connection.close() };
}

/** Documents of the first `sent` subtasks but `except`, as dispatcher and updater would have left them. */
async function writeCompleted(db: Database, task_id: string, sent: number, except: ReadonlySet<number>) {
  const indexes = Array.from({ length: sent }, (_, index) => index).filter((index) => !except.has(index));
  const documents = indexes.map((index) => ({
    _id: toSubTaskObjectId(task_id, index),
    task_id,
    index,
    status: 'COMPLETED',
  }));
  for (let at = 0; at < documents.length; at += 10_000) {
    await db.subTasks.insertMany(documents.slice(at, at + 10_000) as never, { ordered: false });
  }
  await db.taskProgress.insertOne({
    _id: `${task_id}:test`,
    task_id,
    shard: 'test',
    seq: 1,
    counts: { completed_count: documents.length },
  } as never);
  await db.tasks.updateOne({ task_id }, { $set: { cursor: sent } });
}
