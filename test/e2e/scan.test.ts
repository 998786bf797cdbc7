import { type TaskStatistics, taskStatusViewSchema, toBuckets } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import type { ProgressWatch } from '@cyberstroll/testkit';
import { createApi } from './api';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import { answerAsHttp, greetAsSsh, type Listeners, openListeners, staySilent } from './listeners';
import type { TestStack } from './test-stack';

let system: TestStack;
let open: Listeners;
let ports: { ssh: number; silent: number; http: number; closed: number };

beforeAll(async () => {
  ports = { ssh: await findFreePort(), silent: await findFreePort(), http: 9_090, closed: await findFreePort() };
  open = await openListeners([
    { address: '127.0.7.1', port: ports.ssh, greet: greetAsSsh },
    { address: '127.0.7.44', port: ports.http, greet: answerAsHttp },
    { address: '127.0.7.44', port: ports.ssh, greet: greetAsSsh },
    { address: '127.0.7.105', port: ports.ssh, greet: greetAsSsh },
    { address: '127.0.7.255', port: ports.silent, greet: staySilent },
    { address: '127.0.8.1', port: ports.ssh, greet: greetAsSsh },
  ]);
  // The listeners share this process with the test, which may be busy.
  const node = { BANNER_TIMEOUT_MS: '10000' };
  system = await startLightStack({ nodes: { 'node-a': node, 'node-b': node } });
});

afterAll(async () => {
  await system?.stop();
  await open?.close();
});

/** No scan may report `127.0.7.105`, which is excluded, or an address outside the network. */
const EXCLUDED = '127.0.7.100-110';

describe('a scan of a /24 with exclusions', () => {
  let taskId: string;
  let watching: ProgressWatch;

  beforeAll(async () => {
    const portList = Object.values(ports).join(',');
    const task = await system.api.createTask({
      task_target: '127.0.7.0/24',
      exclude_target: EXCLUDED,
      ports: portList,
    });
    taskId = task.task_id;
    // As a browser does: by the one origin.
    const { dashboard_url, ...described } = system.stack.describe();
    const ws_url = dashboard_url.replace(/^http/, 'ws').replace(/\/$/, '');
    watching = await createApi({ ...described, ws_url }).watch(taskId);
    await watching.waitFor(({ status }) => status === 'COMPLETED');
    await waitUntilSettled(system.api, taskId);
  });
  afterAll(() => watching?.close());

  it('completes with exact counters and legal histories', async () => {
    const { task, subTasks } = await assertConsistent(system.api, taskId);
    expect(task).toMatchObject({ status: 'COMPLETED', progress: { total_targets: 245, completed_count: 245 } });
    expect(task.status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
    for (const subTask of subTasks) {
      expect(subTask.status_history.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
    }
    for (const { assigned_node } of subTasks) expect(['node-a', 'node-b']).toContain(assigned_node);
  });

  it('finds exactly the open ports, with their services', async () => {
    const subTasks = await system.api.findSubTasks(taskId, { status: 'COMPLETED', limit: 100 });
    const found = subTasks
      .filter(({ scan_result }) => scan_result!.open_ports.length > 0)
      .map(({ ip, scan_result }) => [ip, scan_result!.open_ports, scan_result!.services] as const);
    const ssh = `${ports.ssh}/tcp ssh SSH-2.0-OpenSSH_9.9 e2e`;
    const both = [
      { port: ports.http, service: `${ports.http}/tcp http HTTP/1.1 200 OK, e2e` },
      { port: ports.ssh, service: ssh },
    ].sort((a, b) => a.port - b.port);
    expect(new Map(found.map(([ip, ...result]) => [ip, result]))).toEqual(
      new Map([
        ['127.0.7.1', [[ports.ssh], [ssh]]],
        ['127.0.7.44', [both.map(({ port }) => port), both.map(({ service }) => service)]],
        ['127.0.7.255', [[ports.silent], [`${ports.silent}/tcp unknown`]]],
      ]),
    );
    for (const { scan_result } of subTasks) expect(scan_result!.response_time).toBeGreaterThan(0);
  });

  it('never touches an excluded address, nor one outside the targets', () => {
    const touched = open.listeners.filter(({ connections }) => connections > 0);
    expect(touched.map(({ address }) => address)).toEqual(['127.0.7.1', '127.0.7.44', '127.0.7.44', '127.0.7.255']);
  });

  it('pushes a snapshot first, rising seqs, counts of closed subtasks that never fall, and the end', async () => {
    const updates = watching.frames.map(({ update }) => update);
    expect(updates.length).toBeGreaterThan(1);
    let before = { seq: -1, closed: 0 };
    for (const { seq, counts, task_id } of updates) {
      const closed = counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count;
      expect(task_id).toBe(taskId);
      expect(seq).toBeGreaterThan(before.seq);
      expect(closed).toBeGreaterThanOrEqual(before.closed);
      expect(Object.values(toBuckets(counts)).reduce((sum, count) => sum + count)).toBe(counts.total_targets);
      before = { seq, closed };
    }
    const last = watching.frames.at(-1)!;
    expect(last.update).toMatchObject({ status: 'COMPLETED', progress: 100, estimated_remaining: 0 });
  });

  it('shows the end to a subscriber that connects after it', async () => {
    const late = await system.api.watch(taskId);
    const { update } = await late.waitFor(() => true);
    late.close();
    expect(update).toMatchObject({ status: 'COMPLETED', progress: 100, counts: { completed_count: 245 } });
  });

  it('has a status of the contract’s shape, a timeline with durations, statistics and a progress', async () => {
    const view = taskStatusViewSchema.parse(await system.api.get(`/api/tasks/${taskId}/status`));
    expect(view.progress).toEqual({ percentage: 100, completed: 245, total: 245, estimated_remaining: 0 });
    expect(view.timeline.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
    const task = await system.api.getTask(taskId);
    const lasted = (Date.parse(task.status_history.at(-1)!.timestamp) - Date.parse(task.created_time)) / 1_000;
    expect(view.timeline.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(lasted, 1);

    const statistics = await system.api.get<TaskStatistics>(`/api/tasks/${taskId}/statistics`);
    expect(statistics).toMatchObject({
      completion_rate: 1,
      failure_rate: 0,
      retries_total: 0,
      node_losses_total: 0,
      open_ports_total: 4,
      error_codes: {},
    });
    expect(statistics.average_execution_time).toBeGreaterThan(0);
    const { timestamp, ...end } = watching.frames.at(-1)!.update;
    expect(await system.api.getProgress(taskId)).toMatchObject(end);
  });
});

it('refuses targets outside the scope, malformed bodies and requests without a key, and names the fault', async () => {
  const create = (task_target: string) =>
    system.api.call('POST', '/api/tasks', { task_target, task_initiator: 'e2e', scan: { ports: '80' } });
  for (const target of ['10.0.0.1', '127.0.0.0/33', '127.0.0.9-1', '0127.0.0.1']) {
    const { status, body } = await create(`127.0.0.1, ${target}`);
    expect({ target, status }).toEqual({ target, status: 422 });
    expect(body).toMatchObject({ field: 'task_target', entry: target });
  }
  const { api_url } = system.stack.describe();
  expect((await fetch(`${api_url}/api/tasks`)).status).toBe(401);
  expect((await fetch(`${api_url}/livez`)).status).toBe(200);
});
