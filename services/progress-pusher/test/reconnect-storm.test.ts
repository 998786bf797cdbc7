import { createTaskBodySchema, toSubTaskId } from '@cyberstroll/contracts';
import type { Realtime } from '@cyberstroll/realtime';
import type { Store } from '@cyberstroll/store';
import { createTargetSet } from '@cyberstroll/targets';
import {
  createTcpProxy,
  createTestbed,
  createTestRealtime,
  createTestStore,
  eventually,
  sendOut,
  type TcpProxy,
  type Testbed,
} from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Watcher, watch } from './watcher';

const SUBSCRIBERS = 1_000;

let testbed: Testbed;
let mongodb: TcpProxy;
let service: ReturnType<typeof createService>;
let store: Store;
let realtime: Realtime;
let watchers: Watcher[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  mongodb = await createTcpProxy(testbed.mongodb_uri);
  service = createService({ ...testbed, mongodb_uri: mongodb.url });
  store = createTestStore(testbed);
  realtime = createTestRealtime(testbed);
  await Promise.all([service.start(), store.start(), realtime.start()]);
});
afterAll(async () => {
  for (const { socket } of watchers) socket.terminate();
  await service?.stop();
  await realtime?.stop();
  await store?.stop();
  await mongodb?.close();
  await testbed?.cleanup();
});

async function newTask(): Promise<string> {
  const include = '127.0.0.0/24';
  const body = createTaskBodySchema.parse({ task_target: include, task_initiator: 'me', scan: { ports: '80' } });
  const { task } = await store.taskStates.createTask({ ...body, targets: createTargetSet({ include }) });
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test');
  await sendOut(store, task.task_id);
  return task.task_id;
}

async function complete(task_id: string, index: number): Promise<void> {
  const attempt = { task_id, subtask_id: toSubTaskId(task_id, index), attempt: 1, lease_id: 'l' };
  const sender = { node_id: 'n', instance_id: 'n-1' };
  await store.taskStates.batchUpdateSubTasks([{ sender, update: { ...attempt, status: 'COMPLETED' } }]);
  const { snapshot } = await store.taskStates.calculateTaskProgress(task_id);
  await realtime.publishProgress(snapshot);
}

it('F25: a thousand subscribers at the same time cost one read per task and second, and each first gets a whole snapshot', async () => {
  const tasks = [await newTask(), await newTask()];
  for (const taskId of tasks) await complete(taskId, 0);
  const reads = mongodb.countRequests('find\0\x06\0\0\0tasks\0');
  const begun = performance.now();
  watchers = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, (_, i) => watch(service.port(), tasks[i % tasks.length]!)),
  );
  await eventually(() => watchers.every(({ frames }) => frames.length > 0), { timeoutMs: 30_000 });
  const seconds = Math.ceil((performance.now() - begun) / 1_000);
  expect(reads.count).toBeGreaterThan(0);
  expect(reads.count).toBeLessThanOrEqual(tasks.length * (seconds + 1));
  for (const [i, { frames }] of watchers.entries()) {
    expect(frames[0]).toMatchObject({
      type: 'progress_update',
      task_id: tasks[i % tasks.length],
      status: 'RUNNING',
      counts: { total_targets: 256, completed_count: 1, pending_count: 255 },
    });
  }

  for (const taskId of tasks) await complete(taskId, 1);
  await eventually(() => watchers.every(({ frames }) => frames.at(-1)?.counts.completed_count === 2));
}, 60_000);
