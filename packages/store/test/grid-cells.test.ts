import type { findGridGroups } from '../src/subtasks/grid-cells';
import { claimOf, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('groups the touched subtasks of a range, or of some indexes', async () => {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/28');
  await fixture.store.subTasks.batchUpdateSubTasks([
    ...[1, 4].map((index) => report(claimOf(taskId, index, 1, 'a'), 'SCANNING')),
    report(claimOf(taskId, 5, 1, 'b'), 'SCANNING'),
    report(claimOf(taskId, 9, 1, 'b'), 'COMPLETED', {
      scan_result: { open_ports: [80], services: [], response_time: 1 },
    }),
  ]);
  const find = async (query: Parameters<typeof findGridGroups>[2]) =>
    (await fixture.store.subTasks.findGridGroups(taskId, query)).sort((a, b) => a.indexes[0]! - b.indexes[0]!);
  const scanning = { status: 'SCANNING', has_open_ports: false };
  expect(await find({ indexes: { first: 0, last: 15 }, inDetail: true })).toEqual([
    { ...scanning, attempt: 1, node: 'a', indexes: [1, 4] },
    { ...scanning, attempt: 1, node: 'b', indexes: [5] },
    { status: 'COMPLETED', has_open_ports: true, attempt: 1, node: 'b', indexes: [9] },
  ]);
  expect(await find({ indexes: [5, 2, 4], inDetail: false })).toEqual([{ ...scanning, indexes: [4, 5] }]);
  const next = (first: number) => fixture.store.subTasks.findNextTouched(taskId, first);
  expect([await next(0), await next(6), await next(9), await next(10)]).toEqual([1, 9, 9, undefined]);
});
