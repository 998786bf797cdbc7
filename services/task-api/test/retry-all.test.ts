import { toSubTaskId } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import { createTestbed, createTestStore, sendOut, type Testbed } from '@cyberstroll/testkit';
import { type Api, createApi, newTask } from './api-client';
import { createService } from './create-service';

let testbed: Testbed;
let store: Store;
let service: ReturnType<typeof createService>;
let api: Api;
beforeAll(async () => {
  testbed = await createTestbed();
  store = createTestStore(testbed);
  service = createService(testbed);
  await Promise.all([store.start(), service.start()]);
  api = createApi(() => service.port());
});
afterAll(async () => {
  await service?.stop();
  await store?.stop();
  await testbed?.cleanup();
});

it('a retry of more subtasks than one envelope holds is accepted, and continues after the request', async () => {
  const body = newTask({ task_target: '127.0.0.0-127.0.2.87', config: { max_retries: 0, error_threshold: 10 } });
  const { task_id } = (await api('POST', '/api/tasks', { body })).body;
  await store.taskStates.updateTaskStatus(task_id, 'QUEUED', 'test');
  await sendOut(store, task_id);
  const error_info = { error_code: 'NETWORK_UNREACHABLE', error_message: 'no route' };
  await store.taskStates.batchUpdateSubTasks(
    Array.from({ length: 600 }, (_, index) => ({
      sender: { node_id: 'node-1', instance_id: 'node-1-a' },
      update: {
        ...{ task_id, subtask_id: toSubTaskId(task_id, index), attempt: 1, lease_id: `lease-${index}` },
        ...{ status: 'FAILED' as const, error_info },
      },
    })),
  );
  await store.taskStates.calculateTaskProgress(task_id);
  expect((await api('GET', `/api/tasks/${task_id}`)).body.status).toBe('FAILED');

  const answer = await api('POST', `/api/tasks/${task_id}/retry`, { body: { reason: 'again' } });
  expect(answer).toMatchObject({ status: 202, body: { task_id, retried: 600 } });
  expect(await store.tasks.findRetryAll(10)).toMatchObject([
    { task_id, retry_all: { operator: 'otto', reason: 'again' } },
  ]);
  // What failed before is still counted, and more than may: all the same it does not end again.
  expect((await store.taskStates.calculateTaskProgress(task_id)).snapshot.status).toBe('RUNNING');
  const shown = (await api('GET', `/api/tasks/${task_id}`)).body;
  expect(shown.status).toBe('RUNNING');
  expect(shown).not.toHaveProperty('retry_all');
});
