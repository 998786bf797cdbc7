import { createQueuedTask } from '@cyberstroll/testkit';
import { toProblemOf } from './api-client';
import { KEYS } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

const cleanUp = (body: object, key = KEYS.admin) => fixture.api('POST', '/api/tasks/clean-up', { key, body });

async function endedTask(): Promise<string> {
  const taskId = await createQueuedTask(fixture.store, '127.0.0.0/29');
  await fixture.store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'test');
  await fixture.store.tasks.settleTasks([taskId]);
  return taskId;
}

it('lists expired tasks, and requests their deletion once', async () => {
  const first = await endedTask();
  const second = await endedTask();
  await createQueuedTask(fixture.store, '127.0.0.0/29');

  expect((await cleanUp({ expire_days: 1 })).body).toEqual({ tasks: [], dry_run: false, more: false });
  const dry = await cleanUp({ expire_days: 0, dry_run: true, limit: 1 });
  expect(dry).toMatchObject({ status: 200, body: { dry_run: true, more: true } });
  expect(dry.body.tasks).toEqual([
    { task_id: first, status: 'CANCELLED', completed_time: expect.stringMatching(/^\d{4}-.*Z$/), total_targets: 8 },
  ]);
  expect(await fixture.store.cleanUp.findRequested(10)).toEqual([]);

  const { status, body } = await cleanUp({ expire_days: 0 });
  expect(status).toBe(202);
  expect(body.tasks.map((task: { task_id: string }) => task.task_id)).toEqual([first, second]);
  // It was noted, and nothing else: the tasks are marked in the background, by whoever lives.
  expect(await fixture.store.cleanUp.findRequested(10)).toEqual([]);
  expect((await cleanUp({ expire_days: 0 })).body.tasks).toEqual([]);
  expect(await fixture.store.cleanUp.markRequested()).toBe(2);
  expect(await fixture.store.cleanUp.findRequested(10)).toEqual(
    [first, second].map((task_id) => ({ task_id, isDeleting: false })),
  );
  expect((await cleanUp({ expire_days: 0 })).body.tasks).toEqual([]);
  const shown = await fixture.api('GET', `/api/tasks/${first}`);
  expect([shown.status, Object.keys(shown.body)]).toEqual([200, expect.not.arrayContaining(['clean_up'])]);
});

it('needs the role admin, and names invalid fields', async () => {
  toProblemOf(await cleanUp({ expire_days: 0 }, KEYS.operator), 403, 'forbidden');
  expect(toProblemOf(await cleanUp({}), 422, 'invalid_body').field).toBe('expire_days');
  expect(toProblemOf(await cleanUp({ expire_days: -1 }), 422, 'invalid_body').field).toBe('expire_days');
  toProblemOf(await fixture.api('GET', '/api/tasks/clean-up', { key: KEYS.admin }), 405, 'method_not_allowed');
});
