import { upTo } from '@cyberstroll/testkit';
import type { OpenOperation } from '../src';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const toId = (n: number) => n.toString(16).padStart(24, '0');
const create = (count: number) => {
  const command = { action: 'pause' as const, filter: { label: ['a'] }, operator: 'otto', more: false };
  return fixture.store.operations.create({ ...command, task_ids: upTo(count).map(toId) }, new Date());
};

it('notes the outcome of each task once, in order, and shows the first failures', async () => {
  const { operations } = fixture.store;
  const { operation_id } = await create(25);
  const open = (await operations.findOpen()) as OpenOperation;
  expect(open).toMatchObject({ operation_id, state: 'waiting', place: 0, task_ids: upTo(25).map(toId) });
  const now = new Date();
  expect(await operations.noteOutcome(open, 0, 'done', now)).toBe(true);
  // Another replica that was at the same place.
  expect(await operations.noteOutcome(open, 0, 'unchanged', now)).toBe(false);
  expect(await operations.noteOutcome(open, 1, 'unchanged', now)).toBe(true);
  for (let place = 2; place < 25; place++) {
    await operations.noteOutcome(open, place, { task_id: toId(place), code: 'task_not_found', detail: 'gone' }, now);
  }
  const done = await operations.getOperation(operation_id);
  expect(done).toMatchObject({ state: 'done', matched: 25, done: 1, unchanged: 1, failed: 23, ended_time: now });
  expect(done.failures.map(({ task_id }) => task_id)).toEqual(upTo(22).slice(2).map(toId));
  expect(done).not.toHaveProperty('task_ids');
  expect(await operations.findOpen()).toBeUndefined();
});

it('without a task is done at once; lists the newest first, in pages', async () => {
  const { operations } = fixture.store;
  const ids: string[] = [];
  for (const _ of upTo(3)) ids.unshift((await create(0)).operation_id);
  expect(await operations.findOpen()).toBeUndefined();
  const first = await operations.findPage({ limit: 2 });
  expect(first.items.map(({ operation_id }) => operation_id)).toEqual(ids.slice(0, 2));
  const { items } = await operations.findPage({ limit: 1, cursor: first.next_cursor });
  expect(items.map(({ operation_id }) => operation_id)).toEqual([ids[2]]);
  await expect(operations.getOperation('f'.repeat(24))).rejects.toMatchObject({ code: 'operation_not_found' });
});
