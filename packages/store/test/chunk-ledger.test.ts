import { recordCommands, upTo } from '@cyberstroll/testkit';
import { createChunkLedger } from '../src/dispatch/chunk-ledger';
import { toSubTaskObjectId } from '../src/mongodb/models/subtask-object-id';
import { claimOf, report, type StoreFixture, setup, toNames, unsentTask } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const createTask = () => unsentTask(fixture.store, '127.0.0.0/28');
const unsentTasks = () => Promise.all([createTask(), createTask(), createTask()]);

it('keeps the ledger of chunks: the same chunk again, the cursor once, untouched chunks', async () => {
  const taskId = await createTask();
  const { chunks } = fixture.store;
  const now = new Date();
  const chunk = await chunks.openChunk({ task_id: taskId, first_index: 0, count: 4, now });
  expect(await chunks.openChunk({ task_id: taskId, first_index: 0, count: 9, now: new Date() })).toEqual(chunk);
  const next = (first_index: number) => ({ task_id: taskId, first_index, count: 4, now: new Date() });
  const several = await chunks.openChunks([next(0), next(4), next(8)]);
  expect(several).toEqual([
    chunk,
    expect.objectContaining({ first_index: 4 }),
    expect.objectContaining({ first_index: 8 }),
  ]);
  expect((await chunks.findAhead([{ task_id: taskId, cursor: 0 }])).get(taskId)).toEqual(several);
  await chunks.deleteTouched(several.slice(1).map((each) => each!));
  expect(await chunks.advanceCursor(taskId, 0, 4)).toBe(true);
  expect(await chunks.advanceCursor(taskId, 0, 4)).toBe(false);
  await fixture.store.subTasks.batchUpdateSubTasks([report(claimOf(taskId, 1), 'ASSIGNED')]);
  expect(await chunks.findUntouched([chunk])).toEqual(new Map([[chunk, [0, 2, 3]]]));
  const findUnsettled = () =>
    chunks.findUnsettled({ task_id: taskId, dispatchedBefore: new Date(Date.now() + 1), limit: 10 });
  expect(await findUnsettled()).toEqual([chunk]);
  expect(await chunks.settleChunks([taskId], now)).toBe(0);
  expect(await chunks.settleChunks([taskId], new Date(now.getTime() + 1))).toBe(1);
  expect(await findUnsettled()).toEqual([]);
  await chunks.deleteTouched([chunk]);
  expect(await chunks.openChunk({ task_id: taskId, first_index: 0, count: 9, now })).toMatchObject({ count: 9 });
});

it('counts the documents of many subtasks, and reads them only if one is missing', async () => {
  const { db } = await fixture.openParts('counter');
  const chunks = createChunkLedger(db);
  const taskId = await unsentTask(fixture.store, '127.0.0.0/20');
  const [first, second] = (
    await chunks.openChunks(
      [0, 1_000].map((first_index) => ({ task_id: taskId, first_index, count: 1_000, now: new Date() })),
    )
  ).map((chunk) => chunk!);
  const touch = (indexes: readonly number[]) =>
    db.subTasks.insertMany(
      indexes.map((index) => ({ _id: toSubTaskObjectId(taskId, index), task_id: taskId, index })) as never,
    );
  async function find() {
    const recording = recordCommands();
    const found = await chunks.findUntouched([first!, second!]);
    recording.stop();
    return { untouched: [...found.values()], asked: toNames(recording.commands) };
  }
  await touch(upTo(2_000).filter((index) => index !== 1_500));
  expect(await find()).toEqual({ untouched: [[], [1_500]], asked: ['aggregate subtasks', 'find subtasks'] });
  await touch([1_500, 2_000]);
  expect(await find()).toEqual({ untouched: [[], []], asked: ['aggregate subtasks'] });
});

it('walks the tasks that have unsettled chunks, each once', async () => {
  const { chunks } = fixture.store;
  const ids = (await unsentTasks()).toSorted();
  const [a, b, c] = ids as [string, string, string];
  const now = new Date();
  const chunkOf = (task_id: string, first_index: number) => ({ task_id, first_index, count: 4, now });
  await chunks.openChunks([chunkOf(a, 0), chunkOf(a, 4), chunkOf(b, 0), chunkOf(c, 0)]);
  await chunks.openChunk({ ...chunkOf(c, 4), now: new Date(now.getTime() + 5_000) });
  const dispatchedBefore = new Date(now.getTime() + 1);
  const findPage = (after: string | undefined, limit: number) =>
    chunks.findUnsettledTasks({ dispatchedBefore, after, limit });
  const all = (await findPage(undefined, 100)).filter((id) => ids.includes(id));
  expect(all).toEqual([a, b, c]);
  expect(await findPage(a, 1)).toEqual([b]);
  expect(await chunks.settleChunks([a, c], dispatchedBefore)).toBe(3);
  expect((await findPage(undefined, 100)).filter((id) => ids.includes(id))).toEqual([b]);
});

it('moves the cursors of several tasks together, and names those that are where they should be', async () => {
  const { chunks, tasks } = fixture.store;
  const [a, b, c] = await unsentTasks();
  const to = (task_id: string, from: number) => ({ task_id, from, to: from + 4 });
  expect(await chunks.advanceCursors([to(a, 0), to(b, 0)])).toEqual(new Set([a, b]));
  await chunks.advanceCursor(b, 4, 5);
  expect(await chunks.advanceCursors([to(a, 4), to(b, 4), to(c, 0), to('f'.repeat(24), 0)])).toEqual(new Set([a, c]));
  expect(await Promise.all([a, b, c].map(async (id) => (await tasks.getTask(id)).cursor))).toEqual([8, 5, 4]);
});

it('opens chunks of several tasks together, and finds those ahead of each task’s cursor', async () => {
  const { chunks } = fixture.store;
  const [a, b] = await unsentTasks();
  const next = (task_id: string, first_index: number) => ({ task_id, first_index, count: 4, now: new Date() });
  const known = await chunks.openChunk({ ...next(b, 4), count: 2 });
  const opened = await chunks.openChunks([next(a, 4), next(b, 0), next(b, 4), next(a, 0)]);
  expect(opened.map((chunk) => [chunk!.task_id, chunk!.first_index, chunk!.count])).toEqual([
    [a, 4, 4],
    [b, 0, 4],
    [b, 4, 2],
    [a, 0, 4],
  ]);
  expect(opened[2]).toEqual(known);
  const ahead = await chunks.findAhead([
    { task_id: a, cursor: 0 },
    { task_id: b, cursor: 1 },
  ]);
  expect(ahead).toEqual(
    new Map([
      [a, [opened[3], opened[0]]],
      [b, [known]],
    ]),
  );
});

it('does not open a chunk again that is deleted at this moment', async () => {
  const { db } = await fixture.openParts('racer');
  const { chunks: collection } = db;
  const chunks = createChunkLedger({ ...db, chunks: collection });
  const chunk = { task_id: await createTask(), first_index: 0, count: 4, now: new Date() };
  await chunks.openChunk(chunk);
  jest.spyOn(collection, 'find').mockReturnValue({ toArray: async () => [] } as never);
  const opened = await chunks.openChunks([chunk, { ...chunk, first_index: 4 }]);
  expect(opened).toEqual([undefined, expect.objectContaining({ first_index: 4 })]);
  await expect(chunks.openChunk(chunk)).rejects.toMatchObject({ code: 'cursor_moved' });
});
