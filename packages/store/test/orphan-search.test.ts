import { upTo } from '@cyberstroll/testkit';
import type { Database } from '../src/mongodb/models/database';
import type { Orphans } from '../src/store';
import { claimOf, queuedTask, report, type StoreFixture, setup, unsentTask } from './setup';

let fixture: StoreFixture;
let db: Database;
beforeAll(async () => {
  fixture = await setup();
  ({ db } = await fixture.openParts('test'));
});
afterAll(() => fixture?.cleanup());

const apply = (taskId: string, indexes: readonly number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(
    indexes.map((index) => report(claimOf(taskId, index), 'COMPLETED', { scan_result: SCAN_RESULT })),
  );

const SCAN_RESULT = {
  open_ports: [],
  services: [],
  response_time: 0,
  findings: [{ id: 'a', kind: 'cve', title: 'found' }],
};

async function walk(): Promise<Orphans[]> {
  const all: Orphans[] = [];
  let after: string | undefined;
  do {
    const { orphans, next } = await fixture.store.audit.findOrphans(after);
    all.push(...orphans);
    after = next;
  } while (after !== undefined);
  return all;
}

it('finds the documents of tasks that do not exist, from whatever slice, and deletes them in bounded batches', async () => {
  const kept = await queuedTask(fixture.store, '127.0.0.0/30');
  await apply(kept, [0]);
  await fixture.store.chunks.openChunk({ task_id: kept, first_index: 0, count: 4, now: new Date() });
  expect(await walk()).toEqual([]);
  const gone: string[] = [];
  for (const _ of upTo(3)) {
    const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
    await apply(taskId, upTo(7));
    await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 16, now: new Date() });
    await db.tasks.deleteOne({ task_id: taskId });
    gone.push(taskId);
  }
  const found = await walk();
  for (const task_id of gone) {
    const sampled = (id: string) => ({ task_id, count: 1, sample: [`${task_id}${id}`] });
    expect(found).toContainEqual({ kind: 'orphan_progress', ...sampled(':updater-1') });
    expect(found).toContainEqual({ kind: 'orphan_chunks', ...sampled('-0') });
    expect(found).toContainEqual({
      kind: 'orphan_subtasks',
      task_id,
      count: 7,
      sample: expect.arrayContaining([expect.stringContaining(task_id)]),
    });
  }
  expect(found).toHaveLength(9);
  const { deleteOrphans } = fixture.store.audit;
  expect(await deleteOrphans({ kind: 'orphan_subtasks', task_id: kept }, 100)).toBe(0);
  for (const task_id of gone) {
    // Each has a finding, which goes first.
    for (const deleted of [5, 2 + 5, 2]) {
      expect(await deleteOrphans({ kind: 'orphan_subtasks', task_id }, 5)).toBe(deleted);
    }
    expect(await db.findings.countDocuments({ task_id })).toBe(0);
    expect(await deleteOrphans({ kind: 'orphan_progress', task_id }, 5)).toBe(1);
    expect(await deleteOrphans({ kind: 'orphan_chunks', task_id }, 5)).toBe(1);
  }
  expect(await walk()).toEqual([]);
  expect(await fixture.store.subTasks.getSubTask(`${kept}-0`)).toMatchObject({ status: 'COMPLETED' });
});

it('finds the orphans of one task behind more documents of another than one pass reads', async () => {
  const large = await unsentTask(fixture.store, '127.0.0.0/16');
  const gone = `f${large.slice(1)}`;
  const toChunk = (task_id: string, first_index: number) => ({
    _id: `${task_id}-${first_index}`,
    task_id,
    first_index,
    count: 1,
    dispatched_time: new Date(),
    settled: true,
  });
  await db.chunks.insertMany([...upTo(1_500).map((i) => toChunk(large, i)), toChunk(gone, 0)] as never);
  expect(await walk()).toEqual([{ kind: 'orphan_chunks', task_id: gone, count: 1, sample: [`${gone}-0`] }]);
  await fixture.store.audit.deleteOrphans({ kind: 'orphan_chunks', task_id: gone }, 10);
  expect(await walk()).toEqual([]);
  expect(await db.chunks.countDocuments({ task_id: large })).toBe(1_500);
});
