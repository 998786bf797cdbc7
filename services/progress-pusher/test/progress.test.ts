import { createTaskBodySchema, type ProgressUpdate, toSubTaskId } from '@cyberstroll/contracts';
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
import { createService, KEY } from './create-service';
import { type Watcher, watch } from './watcher';

let testbed: Testbed;
let redisProxy: TcpProxy;
let service: ReturnType<typeof createService>;
let store: Store;
let realtime: Realtime;
const watchers: Watcher[] = [];

beforeAll(async () => {
  testbed = await createTestbed();
  redisProxy = await createTcpProxy(testbed.redis_url);
  service = createService({ ...testbed, redis_url: redisProxy.url }, { ALLOWED_ORIGINS: 'https://ui.example' });
  store = createTestStore(testbed);
  realtime = createTestRealtime(testbed);
  await Promise.all([service.start(), store.start(), realtime.start()]);
});
afterEach(() => {
  for (const { socket } of watchers.splice(0)) socket.terminate();
});
afterAll(async () => {
  await service?.stop();
  await realtime?.stop();
  await store?.stop();
  await redisProxy?.close();
  await testbed?.cleanup();
});

async function newTask(target = '127.0.0.0/24'): Promise<string> {
  const body = createTaskBodySchema.parse({ task_target: target, task_initiator: 'me', scan: { ports: '80' } });
  const { task } = await store.taskStates.createTask({ ...body, targets: createTargetSet({ include: target }) });
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test');
  await sendOut(store, task.task_id);
  return task.task_id;
}

/** Completes the subtask at an index, and publishes its progress unless `publish` is false. */
async function complete(taskId: string, index: number, publish = true): Promise<void> {
  const update = {
    task_id: taskId,
    subtask_id: toSubTaskId(taskId, index),
    attempt: 1,
    lease_id: 'l',
    status: 'COMPLETED',
  } as const;
  await store.taskStates.batchUpdateSubTasks([{ sender: { node_id: 'n', instance_id: 'n-1' }, update }]);
  const { snapshot } = await store.taskStates.calculateTaskProgress(taskId);
  if (publish) await realtime.publishProgress(snapshot);
}

async function watchTask(taskId: string): Promise<Watcher> {
  const watcher = await watch(service.port(), taskId);
  watchers.push(watcher);
  return watcher;
}

const completed = (frames: ProgressUpdate[]) => frames.map(({ counts }) => counts.completed_count);
const isRising = (frames: ProgressUpdate[]) => frames.every(({ seq }, i) => i === 0 || seq > frames[i - 1]!.seq);

describe('a subscriber', () => {
  it('gets a whole snapshot first, then every change, seq rising', async () => {
    const id = await newTask();
    await complete(id, 0);
    const { frames } = await watchTask(id);
    await eventually(() => frames.length === 1);
    expect(frames[0]).toMatchObject({ type: 'progress_update', task_id: id, status: 'RUNNING' });
    expect(frames[0]!.counts).toMatchObject({ total_targets: 256, completed_count: 1, pending_count: 255 });

    await complete(id, 1);
    await eventually(() => completed(frames).at(-1) === 2);
    for (let index = 2; index < 20; index++) await complete(id, index);
    await eventually(() => completed(frames).at(-1) === 20);
    expect(isRising(frames)).toBe(true);
  });

  it('gets the same frames as another; a later one gets only newer frames', async () => {
    const id = await newTask();
    const first = await watchTask(id);
    await complete(id, 0);
    await eventually(() => completed(first.frames).at(-1) === 1);
    const second = await watchTask(id);
    await eventually(() => completed(second.frames).at(-1) === 1);
    expect(second.frames).toHaveLength(1);
    await complete(id, 1);
    await eventually(() => completed(first.frames).at(-1) === 2 && completed(second.frames).at(-1) === 2);
    expect(second.frames.at(-1)).toEqual(first.frames.at(-1));
  });

  it('gets few frames of many changes, and the last one', async () => {
    const id = await newTask();
    const { frames } = await watchTask(id);
    const snapshot = (await store.tasks.findSnapshot(id))!;
    for (let n = 1; n <= 300; n++) await realtime.publishProgress({ ...snapshot, seq: snapshot.seq + n });
    await eventually(() => frames.at(-1)?.seq === snapshot.seq + 300);
    expect(frames.length).toBeLessThan(100);
    expect(isRising(frames)).toBe(true);
  });

  it('gets the end of the task, and stays connected for an operator’s retry', async () => {
    const id = await newTask('127.0.0.1');
    const { frames, socket } = await watchTask(id);
    await complete(id, 0);
    await eventually(() => frames.at(-1)?.status === 'COMPLETED');
    expect(frames.at(-1)).toMatchObject({ progress: 100, estimated_remaining: 0 });
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it('sends messages that nobody reads', async () => {
    const id = await newTask();
    const { frames, socket } = await watchTask(id);
    socket.send('{"type":"cancel"}');
    await complete(id, 0);
    await eventually(() => completed(frames).at(-1) === 1);
    const { closed, socket: loud } = await watchTask(id);
    loud.send('x'.repeat(5_000));
    expect(await closed).toBe(1009);
  });

  it('that reads nothing delays no other', async () => {
    const id = await newTask();
    const slow = await watchTask(id);
    slow.socket.pause();
    const quick = await watchTask(id);
    for (let index = 0; index < 10; index++) await complete(id, index);
    await eventually(() => completed(quick.frames).at(-1) === 10);
    slow.socket.resume();
    await eventually(() => completed(slow.frames).at(-1) === 10);
    expect(isRising(slow.frames)).toBe(true);
  });
});

describe('without news from Redis', () => {
  it('a watched task is read from the store', async () => {
    const id = await newTask();
    const { frames } = await watchTask(id);
    await complete(id, 0, false);
    await eventually(() => completed(frames).at(-1) === 1, { timeoutMs: 3_000 });
  });

  it('new subscribers are served without Redis, and get news at once when it is back', async () => {
    redisProxy.cut();
    try {
      const id = await newTask();
      const { frames } = await watchTask(id);
      await complete(id, 0);
      await eventually(() => completed(frames).at(-1) === 1, { timeoutMs: 3_000 });
      redisProxy.restore();
      await eventually(async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status === 200, {
        timeoutMs: 15_000,
      });
      await complete(id, 1);
      await eventually(() => completed(frames).at(-1) === 2, { timeoutMs: 3_000 });
      expect(isRising(frames)).toBe(true);
    } finally {
      redisProxy.restore();
    }
  });
});

describe('a client that may not watch gets the reason', () => {
  it.each([
    ['without a key', { headers: {} }, 'HTTP 401 unauthorised'],
    ['with a wrong key', { headers: { 'x-api-key': 'wrong-0123456789abcdef' } }, 'HTTP 401 unauthorised'],
    [
      'from a foreign page',
      { headers: { authorization: `Bearer ${KEY}`, origin: 'https://evil.example' } },
      'HTTP 403 origin_not_allowed',
    ],
  ])('%s', async (_case, options, message) => {
    await expect(watch(service.port(), await newTask(), options)).rejects.toThrow(message);
  });

  it('for an unknown task', async () => {
    for (const id of ['0'.repeat(24), 'nonsense', '%ZZ']) {
      await expect(watch(service.port(), id)).rejects.toThrow('HTTP 404 task_not_found');
    }
  });

  it('and an allowed page may watch', async () => {
    const id = await newTask();
    watchers.push(await watch(service.port(), id, { headers: { 'x-api-key': KEY, origin: 'https://ui.example' } }));
  });
});
