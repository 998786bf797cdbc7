import { createQueuedTask } from '@cyberstroll/testkit';
import { createTaskRound } from '../src';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('gives every open task its turn, or every ended one, a page per pass, and then begins again', async () => {
  const taskIds: string[] = [];
  for (let i = 0; i < 7; i++) taskIds.push(await createQueuedTask(fixture.store, '127.0.0.1'));
  const ended = [taskIds[1]!, taskIds[6]!];
  for (const taskId of ended) await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  const open = taskIds.filter((taskId) => !ended.includes(taskId));
  const passes = async (only: 'open' | 'ended', limit: number, count: number) => {
    const next = createTaskRound(fixture.store, only, limit);
    const pages: string[][] = [];
    for (let pass = 0; pass < count; pass++) pages.push((await next()).map(({ task_id }) => task_id));
    return pages;
  };
  expect(await passes('open', 2, 4)).toEqual([open.slice(0, 2), open.slice(2, 4), open.slice(4), open.slice(0, 2)]);
  expect(await passes('open', 9, 2)).toEqual([open, open]);
  expect(await passes('ended', 1, 4)).toEqual([[ended[0]], [ended[1]], [], [ended[0]]]);
});
