import type { BulkAction } from '@cyberstroll/contracts';
import { upTo } from '@cyberstroll/testkit';
import type { NewOperation } from '../src/operations/operation-store';
import { type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const toId = (n: number) => n.toString(16).padStart(24, '0');
const create = (count: number, command: Partial<NewOperation> = {}) => {
  const usual = { action: 'pause' as const, filter: { label: ['a'] }, operator: 'otto', more: false };
  return fixture.store.operations.create({ ...usual, task_ids: upTo(count).map(toId), ...command }, new Date());
};
/** The ids of the operations of these actions that are due. */
const findDue = async (...actions: BulkAction[]) =>
  (await fixture.store.operations.findDue())
    .filter(({ action }) => actions.includes(action))
    .map(({ operation_id }) => operation_id);

it('notes the outcome of each task once, in order, and shows the first failures', async () => {
  const { operations } = fixture.store;
  const { operation_id } = await create(25);
  const [open] = await operations.findDue();
  expect(open).toMatchObject({ operation_id, state: 'waiting', place: 0, task_ids: upTo(10).map(toId) });
  const now = new Date();
  expect(await operations.noteOutcome(open!, 0, 'done', now)).toBe(true);
  // Another replica that was at the same place.
  expect(await operations.noteOutcome(open!, 0, 'unchanged', now)).toBe(false);
  expect(await operations.noteOutcome(open!, 1, 'unchanged', now)).toBe(true);
  const [next] = await operations.findDue();
  expect(next).toMatchObject({ state: 'running', place: 2, task_ids: upTo(12).slice(2).map(toId) });
  for (let place = 2; place < 25; place++) {
    await operations.noteOutcome(open!, place, { task_id: toId(place), code: 'task_not_found', detail: 'gone' }, now);
  }
  const done = await operations.getOperation(operation_id);
  expect(done).toMatchObject({ state: 'done', matched: 25, done: 1, unchanged: 1, failed: 23, ended_time: now });
  expect(done.failures.map(({ task_id }) => task_id)).toEqual(upTo(22).slice(2).map(toId));
  expect(done).not.toHaveProperty('task_ids');
  expect(await findDue('pause')).toEqual([]);
});

it('without a task is done at once; lists the newest first, in pages', async () => {
  const { operations } = fixture.store;
  const ids: string[] = [];
  for (const _ of upTo(3)) ids.unshift((await create(0)).operation_id);
  expect(await findDue('pause')).toEqual([]);
  const first = await operations.findPage({ limit: 2 });
  expect(first.items.map(({ operation_id }) => operation_id)).toEqual(ids.slice(0, 2));
  const { items } = await operations.findPage({ limit: 1, cursor: first.next_cursor });
  expect(items.map(({ operation_id }) => operation_id)).toEqual([ids[2]]);
  await expect(operations.getOperation('f'.repeat(24))).rejects.toMatchObject({ code: 'operation_not_found' });
});

it('are due by action: the oldest first, and none before an older pause or cancel', async () => {
  const { operations } = fixture.store;
  const send = async (action: BulkAction, ...tasks: number[]) =>
    (await create(0, { action, task_ids: tasks.map(toId) })).operation_id;
  const label = await send('label', 1);
  const [retry, cancel, resume, later] = [
    await send('retry', 1, 2),
    await send('cancel', 2, 3),
    await send('resume', 3),
    await send('label', 1),
  ];
  expect(await findDue('cancel', 'pause')).toEqual([cancel]);
  expect(await findDue('resume', 'label', 'priority')).toEqual([label]);
  expect(await findDue('retry')).toEqual([retry]);
  // It must not start again what is stopped after it.
  expect(await operations.isOverruled({ operation_id: retry }, toId(2))).toBe(true);
  expect(await operations.isOverruled({ operation_id: retry }, toId(1))).toBe(false);
  expect(await operations.isOverruled({ operation_id: resume }, toId(3))).toBe(false);
  await operations.cancel(cancel, { operator: 'ada' }, new Date());
  await operations.cancel(label, { operator: 'ada' }, new Date());
  expect(await findDue('resume', 'label', 'priority')).toEqual([resume, later]);
  for (const id of [retry, resume, later]) await operations.cancel(id, { operator: 'ada' }, new Date());
});

it('is cancelled once, and counts the task that was commanded at that moment', async () => {
  const { operations } = fixture.store;
  const { operation_id } = await create(3);
  const [open] = await operations.findDue();
  const now = new Date();
  expect(await operations.noteTry(open!, 0)).toBe(1);
  expect(await operations.noteTry(open!, 0)).toBe(2);
  expect(await operations.noteOutcome(open!, 0, 'done', now)).toBe(true);
  expect(await operations.noteTry(open!, 1)).toBe(1);
  const cancelled = await operations.cancel(operation_id, { operator: 'ada', reason: 'too many' }, now);
  expect(cancelled).toMatchObject({ state: 'cancelled', done: 1, ended_time: now, cancelled_by: 'ada' });
  expect(await operations.cancel(operation_id, { operator: 'otto' }, new Date())).toEqual(cancelled);
  expect(await operations.noteOutcome(open!, 1, 'done', now)).toBe(false);
  expect(await operations.getOperation(operation_id)).toEqual({ ...cancelled, done: 2 });
  await expect(operations.cancel('f'.repeat(24), { operator: 'ada' }, now)).rejects.toMatchObject({
    code: 'operation_not_found',
  });
});
