import { createQueuedTask, createTestbed, createTestStore } from '@cyberstroll/testkit';
import { createApi, toProblemOf } from './api-client';
import { createService, KEYS } from './create-service';

const ADMIN = 'admin-0123456789abcdef0';

async function setup() {
  const testbed = await createTestbed();
  const service = createService(testbed, {
    API_KEYS: `vera:viewer:${KEYS.viewer},otto:operator:${KEYS.operator},ada:admin:${ADMIN}`,
  });
  const store = createTestStore(testbed);
  await store.start();
  await service.start();
  return {
    store,
    api: createApi(() => service.port()),
    async cleanup() {
      await service.stop();
      await store.stop();
      await testbed.cleanup();
    },
  };
}

let context: Awaited<ReturnType<typeof setup>>;
beforeAll(async () => {
  context = await setup();
});
afterAll(() => context?.cleanup());

const cleanUp = (body: object, key = ADMIN) => context.api('POST', '/api/tasks/clean-up', { key, body });

async function endedTask(): Promise<string> {
  const taskId = await createQueuedTask(context.store, '127.0.0.0/29');
  await context.store.taskStates.updateTaskStatus(taskId, 'CANCELLED', 'test');
  await context.store.tasks.settleTask(taskId);
  return taskId;
}

it('lists expired tasks, and requests their deletion once', async () => {
  const first = await endedTask();
  const second = await endedTask();
  await createQueuedTask(context.store, '127.0.0.0/29');

  expect((await cleanUp({ expire_days: 1 })).body).toEqual({ tasks: [], dry_run: false, more: false });
  const dry = await cleanUp({ expire_days: 0, dry_run: true, limit: 1 });
  expect(dry).toMatchObject({ status: 200, body: { dry_run: true, more: true } });
  expect(dry.body.tasks).toEqual([
    { task_id: first, status: 'CANCELLED', completed_time: expect.stringMatching(/^\d{4}-.*Z$/), total_targets: 8 },
  ]);
  expect(await context.store.cleanUp.findRequested(10)).toEqual([]);

  const { status, body } = await cleanUp({ expire_days: 0 });
  expect(status).toBe(202);
  expect(body.tasks.map((task: { task_id: string }) => task.task_id)).toEqual([first, second]);
  // It was noted, and nothing else: the tasks are marked in the background, by whoever lives.
  expect(await context.store.cleanUp.findRequested(10)).toEqual([]);
  expect((await cleanUp({ expire_days: 0 })).body.tasks).toEqual([]);
  expect(await context.store.cleanUp.markRequested()).toBe(2);
  expect(await context.store.cleanUp.findRequested(10)).toEqual(
    [first, second].map((task_id) => ({ task_id, isDeleting: false })),
  );
  expect((await cleanUp({ expire_days: 0 })).body.tasks).toEqual([]);
  const shown = await context.api('GET', `/api/tasks/${first}`);
  expect([shown.status, Object.keys(shown.body)]).toEqual([200, expect.not.arrayContaining(['clean_up'])]);
});

it('needs the role admin, and names invalid fields', async () => {
  toProblemOf(await cleanUp({ expire_days: 0 }, KEYS.operator), 403, 'forbidden');
  expect(toProblemOf(await cleanUp({}), 422, 'invalid_body').field).toBe('expire_days');
  expect(toProblemOf(await cleanUp({ expire_days: -1 }), 422, 'invalid_body').field).toBe('expire_days');
  toProblemOf(await context.api('GET', '/api/tasks/clean-up', { key: ADMIN }), 405, 'method_not_allowed');
});
