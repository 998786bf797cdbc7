import { createQueuedTask, eventually, type ProgressWatch, upTo } from '@cyberstroll/testkit';
import { type Fixture, setup, watch } from './setup';

const SUBSCRIBERS = 1_000;

let fixture: Fixture;
let watches: ProgressWatch[] = [];

beforeAll(async () => {
  fixture = await setup('mongodb_uri');
});
afterAll(async () => {
  for (const each of watches) each.close();
  await fixture?.cleanup();
});

it('F25: a thousand subscribers at the same time cost one read per task and second, and each first gets a whole snapshot', async () => {
  const tasks = [await createQueuedTask(fixture.store), await createQueuedTask(fixture.store)];
  for (const taskId of tasks) await fixture.complete(taskId, 0);
  const reads = fixture.proxy.countRequests('find\0\x06\0\0\0tasks\0');
  const begun = performance.now();
  watches = await Promise.all(upTo(SUBSCRIBERS).map((i) => watch(fixture.service, tasks[i % tasks.length]!)));
  await eventually(() => watches.every(({ updates }) => updates.length > 0));
  const seconds = Math.ceil((performance.now() - begun) / 1_000);
  expect(reads.count).toBeGreaterThan(0);
  expect(reads.count).toBeLessThanOrEqual(tasks.length * (seconds + 1));
  for (const [i, { updates }] of watches.entries()) {
    expect(updates[0]).toMatchObject({
      type: 'progress_update',
      task_id: tasks[i % tasks.length],
      status: 'RUNNING',
      counts: { total_targets: 256, completed_count: 1, pending_count: 255 },
    });
  }

  for (const taskId of tasks) await fixture.complete(taskId, 1);
  await eventually(() => watches.every(({ updates }) => updates.at(-1)?.counts.completed_count === 2));
});
