import { toBuckets } from '@cyberstroll/contracts';
import { type HeldDate, holdDate } from '@cyberstroll/testkit';
import { type Api, newTask, toProblemOf } from './api-client';
import { type Fixture, setup } from './setup';

let context: Fixture;
let api: Api;
let taskId: string;
let date: HeldDate | undefined;
beforeAll(async () => {
  context = await setup();
  api = context.api;
  taskId = await context.runningTask(['COMPLETED', 'COMPLETED', 'FAILED', 'SCANNING'], {
    task_target: '127.3.0.0/29',
    name: 'Harbour',
    labels: ['docks', 'nightly'],
  });
});
afterEach(() => date?.release());
afterAll(() => context?.cleanup());

it('the nodes of a task: what each holds and has closed', async () => {
  await context.store.chunks.advanceCursor(taskId, 0, 8);
  const { body } = await api('GET', `/api/tasks/${taskId}/nodes`);
  expect(body).toMatchObject({ task_id: taskId, sampled: false, counted: 8, total: 8 });
  expect(body.items).toEqual([
    expect.objectContaining({ node_id: 'node-1', held: 1, completed: 2, failed: 1, share: 1, failure_rate: 1 / 3 }),
  ]);
  toProblemOf(await api('GET', `/api/tasks/${'f'.repeat(24)}/nodes`), 404, 'task_not_found');
});

it('the open ports of a task, by port and service', async () => {
  const { body } = await api('GET', `/api/tasks/${taskId}/ports?limit=5`);
  const items = [{ port: 80, protocol: 'tcp', service: '', hosts: 2 }];
  expect(body).toEqual({ task_id: taskId, hosts: 2, groups: 1, is_complete: true, items });
  toProblemOf(await api('GET', `/api/tasks/${'f'.repeat(24)}/ports`), 404, 'task_not_found');
});

describe('a search', () => {
  const search = async (q: string) => (await api('GET', `/api/search?q=${encodeURIComponent(q)}`)).body;
  it.each([
    ['the beginning of an id', () => taskId.slice(0, 20), 'task_id'],
    ['the beginning of a name', () => 'Harb', 'name'],
    ['a name without its capital', () => 'harbour', 'name'],
    ['the middle of a name', () => 'RBo', 'name'],
    ['the beginning of a label', () => 'dock', 'label'],
    ['a label with a capital', () => 'Nightly', 'label'],
    ['an address', () => '127.3.0.5', 'target'],
    ['a network', () => '127.3.0.0/24', 'target'],
  ])('finds a task by %s', async (_what, toText, found_by) => {
    expect((await search(toText())).tasks).toContainEqual(
      expect.objectContaining({ task_id: taskId, found_by, name: 'Harbour', status: 'RUNNING' }),
    );
  });

  it('finds ten at most by each field, each task once', async () => {
    for (let i = 0; i < 11; i++) {
      await api('POST', '/api/tasks', { body: newTask({ name: 'many', labels: ['many'], task_target: '127.3.1.1' }) });
    }
    const { tasks } = await search('many');
    const count = (by: string) => tasks.filter(({ found_by }: { found_by: string }) => found_by === by).length;
    expect([count('name'), count('label') <= 10]).toEqual([10, true]);
    expect(new Set(tasks.map(({ task_id }: { task_id: string }) => task_id)).size).toBe(tasks.length);
  });

  it('finds nodes by the beginning of their id, and nothing by an unknown text', async () => {
    const beat = { ...HEARTBEAT, node_id: 'node-77' };
    await context.store.nodes.recordHeartbeat(beat, new Date());
    expect(await search('node-7')).toEqual({ tasks: [], nodes: [{ node_id: 'node-77', status: 'online' }] });
    expect(await search('.*')).toEqual({ tasks: [], nodes: [] });
    toProblemOf(await api('GET', '/api/search'), 400, 'invalid_query');
  });
});

it('the history has the samples of the last minutes, the oldest first; gaps stay gaps', async () => {
  const { store } = context;
  date = holdDate();
  const fleet = await store.statistics.getFleetStatistics();
  const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000);
  const sample = {
    counted_tasks: 1,
    is_complete: true,
    subtasks: toBuckets(fleet.progress),
    updates_applied_total: 7,
    update_queue_lag: null,
    nodes: fleet.nodes,
    slots: { used: 1, total: 2 },
    tasks: { queued: 0, running: 1, paused: 0 },
    queues: [{ queue: 'cs.jobs.default', messages: 3 }],
  };
  // A sample counts by the ten seconds in which it lies: one of 50 s ago may be out of the last minute a moment later.
  const times = [at(4_000), at(900), at(40), at(20)];
  for (const timestamp of times) await store.samples.add({ ...sample, timestamp });
  await store.samples.add({ ...sample, timestamp: times[3]!, updates_applied_total: 8 });
  const read = async (query: string) => (await api('GET', `/api/statistics/history${query}`)).body;
  const whole = await read('');
  expect(whole.interval_seconds).toBe(10);
  expect(whole.items.map(({ timestamp }: { timestamp: string }) => timestamp)).toEqual(
    times.slice(1).map((time) => time.toISOString()),
  );
  expect(whole.items[2]).toEqual({ ...sample, timestamp: times[3]!.toISOString() });
  expect((await read('?minutes=1')).items).toHaveLength(2);
  toProblemOf(await api('GET', '/api/statistics/history?minutes=10081'), 400, 'invalid_query');
});

const HEARTBEAT = {
  timestamp: Date.now(),
  status: 'online' as const,
  current_tasks: [],
  instance_id: 'a',
  capacity: 4,
  pools: ['default'],
  system_info: { cpu_usage: 1, memory_usage: 1, active_threads: 1 },
};
