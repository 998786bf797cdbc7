import { findKeyRange } from '@cyberstroll/targets';
import { upTo } from '@cyberstroll/testkit';
import { mongo } from 'mongoose';
import type { Database } from '../src/mongodb/models/database';
import { MAX_PAGE_BYTES } from '../src/mongodb/queries/take-page';
import { claimOf, failure, newTask, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let db: Database;
beforeAll(async () => {
  fixture = await setup();
  ({ db } = await fixture.openParts('reader'));
});
afterAll(() => fixture?.cleanup());

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
/** 40,000 addresses apart: 560 KB as it is given, as much again in the segment. */
const SCATTERED = upTo(40_000)
  .map((n) => `127.${n >> 14}.${(n >> 7) & 127}.${2 * (n & 127)}`)
  .join(' ');

it('finds the addresses that failed or have an open port, in permuted order too, as few intervals', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/20');
  const { targets } = await fixture.store.tasks.getJobSource(taskId);
  const of = (range: number[]) => range.map((n) => targets.indexOf(`127.0.${n >> 8}.${n & 255}`));
  const claims = (range: number[]) => of(range).map((index) => claimOf(taskId, index));
  await fixture.store.subTasks.batchUpdateSubTasks([
    ...claims(upTo(300)).map((claim) => report(claim, 'FAILED', failure('OUT_OF_SCOPE'))),
    ...claims([300, 4_095]).map((claim) => report(claim, 'TIMEOUT', failure('OUT_OF_SCOPE'))),
    ...claims([400]).map((claim) =>
      report(claim, 'COMPLETED', { scan_result: { open_ports: [22], services: [], response_time: 1 } }),
    ),
  ]);
  const find = async (only: 'failed' | 'open', maxIntervals = 2, signal = new AbortController().signal) =>
    (await fixture.store.tasks.findSubset(taskId, { only, maxIntervals, signal }))?.toText();
  expect(await find('failed')).toBe('127.0.0.0-127.0.1.44,127.0.15.255');
  expect(await find('failed', 1)).toBeUndefined();
  expect(await find('open')).toBe('127.0.1.144');
  await expect(find('open', 1, AbortSignal.abort())).rejects.toMatchObject({ code: 'no_answer_in_time' });
});

describe('a task of many targets', () => {
  it('is a small document; its targets are whole in a place of their own, and go with it', async () => {
    const exclude_target = upTo(2_000)
      .map((n) => `127.200.${n >> 7}.${2 * (n & 127)}`)
      .join(' ');
    const { task } = await fixture.store.tasks.createTask(newTask(SCATTERED, {}, { exclude_target }));
    const { task_id } = task;
    expect(task).toMatchObject({ task_target: SCATTERED, exclude_target });

    const document = await db.tasks.findOne({ task_id });
    expect(mongo.BSON.calculateObjectSize(document!)).toBeLessThan(16_000);
    expect(document!.target_ranges).toHaveLength(64);
    expect(document!.target_ranges!.at(-1)).toEqual(findKeyRange('127.2.0.0-127.2.56.126'));
    const read = await fixture.store.tasks.getTask(task_id);
    expect([read.task_target.length, read.exclude_target?.length]).toEqual([1_000, 1_000]);
    expect(await fixture.store.tasks.fillInTargets(read)).toEqual({ ...read, task_target: SCATTERED, exclude_target });
    expect(await fixture.store.tasks.getJobSource(task_id)).toMatchObject({
      exclude_target,
      scan: { ports: '22' },
      targets: { count: 40_000 },
    });

    await fixture.store.tasks.updateTaskStatus(task_id, 'CANCELLED', 'test');
    expect(await fixture.store.tasks.settleTasks([task_id])).toHaveLength(1);
    await fixture.store.taskStates.cleanupExpiredTasks(0);
    expect(await db.taskTargets.countDocuments({ task_id })).toBe(0);
  });

  it('costs no more for a /8 than for one address', async () => {
    const sizeOf = async (target: string) => {
      const { task } = await fixture.store.tasks.createTask(newTask(target));
      const stored = await Promise.all(
        [db.tasks, db.taskTargets, db.subTasks, db.chunks, db.taskProgress].map((collection) =>
          (collection as unknown as mongo.Collection).find({ task_id: task.task_id }).toArray(),
        ),
      );
      const documents = stored.flat();
      return { documents: documents.length, bytes: mongo.BSON.calculateObjectSize({ documents }) };
    };
    const [one, all] = [await sizeOf('127.0.0.1'), await sizeOf('127.0.0.0/8')];
    expect(all.documents).toBe(one.documents);
    expect(Math.abs(all.bytes - one.bytes)).toBeLessThan(200);
  });

  it('is made whole or not at all: of equal keys at once, one task and its targets remain', async () => {
    const create = () => fixture.store.tasks.createTask({ ...newTask('127.0.0.1'), task_id: '5'.repeat(24) });
    const made = await Promise.all(upTo(8).map(create));
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ task }) => task.task_id)).size).toBe(1);
    const ids = (found: { task_id: string }[]) => found.map(({ task_id }) => task_id).sort();
    expect(ids(await db.taskTargets.find().toArray())).toEqual(ids(await db.tasks.find().toArray()));
  });

  it('gets more from several at once, and loses none', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/30');
    const added = await Promise.all(
      upTo(4).map((n) => fixture.store.taskStates.createSubTasks(taskId, [`127.0.${n + 1}.0/30`])),
    );
    expect(added).toEqual([4, 4, 4, 4]);
    expect((await fixture.store.tasks.getStanding(taskId)).snapshot.progress.total_targets).toBe(20);
    const ranges = upTo(5).map((n) => findKeyRange(`127.0.${n}.0/30`));
    expect((await db.tasks.findOne({ task_id: taskId }))?.target_ranges).toEqual(ranges);
    const { items } = await fixture.store.subTasks.findPage(taskId, { limit: 50 });
    expect(new Set(items.map(({ ip }) => ip)).size).toBe(20);
  });
});

describe('an error_threshold', () => {
  const thresholdOf = async (taskId: string) => (await fixture.store.tasks.getTask(taskId)).error_info;

  it('given as a share is kept as a count too, which grows with the targets', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28', { error_threshold: '25%' });
    expect(await thresholdOf(taskId)).toMatchObject({ error_threshold: 4, error_threshold_share: '25%' });
    await fixture.store.taskStates.createSubTasks(taskId, ['127.0.1.0/28']);
    expect(await thresholdOf(taskId)).toMatchObject({ error_threshold: 8, error_threshold_share: '25%' });
  });

  it('and error_count count the same: what failed and was retried is in failed_attempts alone', async () => {
    const config = { max_retries: 1, retry_delay: 0, error_threshold: 1 };
    const taskId = await queuedTask(fixture.store, '127.0.0.0/29', config);
    const fail = (index: number, attempt: number) =>
      fixture.store.subTasks.batchUpdateSubTasks([
        report(claimOf(taskId, index, attempt), 'FAILED', failure('SCANNER_CRASHED')),
      ]);
    for (const index of [0, 1, 2, 3]) await fail(index, 1);
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({
      status: 'RUNNING',
      error_info: { error_count: 0, failed_attempts: 4 },
    });
    await fail(0, 2);
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect(await thresholdOf(taskId)).toMatchObject({ error_count: 1, failed_attempts: 5, error_threshold: 1 });
    await fail(1, 2);
    await fixture.store.tasks.calculateTaskProgress(taskId);
    expect(await fixture.store.tasks.getTask(taskId)).toMatchObject({
      status: 'FAILED',
      error_info: { error_count: 2, failed_attempts: 6 },
    });
  });
});

describe('a page ends before it is larger than 1 MB', () => {
  it('of subtasks with large results: each is in one page, in order', async () => {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/27');
    const scan_result = { open_ports: [], services: upTo(400).map(() => 'x'.repeat(500)), response_time: 1 };
    for (const index of upTo(12)) {
      await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, index), 'COMPLETED', { scan_result })]);
    }
    for (const status of [undefined, ['COMPLETED' as const]]) {
      const seen: number[] = [];
      let pages = 0;
      for (let cursor: string | undefined = '0'; cursor !== undefined; pages++) {
        const page = await fixture.store.subTasks.findPage(taskId, { limit: 1_000, status, cursor });
        expect(bytesOf(page.items)).toBeLessThan(MAX_PAGE_BYTES + 1_000);
        seen.push(...page.items.map(({ index }) => index));
        cursor = page.next_cursor;
      }
      expect(seen).toEqual(upTo(status ? 12 : 32));
      expect(pages).toBeGreaterThan(2);
    }
  });
});
