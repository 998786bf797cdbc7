import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Freeze, problemSchema, type TaskStatistics } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { createFakeNmap, type FakeNmap } from './fake-nmap';
import { startLightStack } from './light-stack';
import { type Listeners, openListeners, staySilent } from './listeners';
import type { TestStack } from './test-stack';

let system: TestStack;
let programs: string;
let nmap: FakeNmap;

const steady = { pool: 'steady' };
/** What the nodes of the pool `steady` scan within a second, if the machine is fast enough for it. */
const STEADY_PER_SECOND = 100;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'cyberstroll-programs-'));
  nmap = createFakeNmap(programs);
  system = await startLightStack({
    processes: ['dispatcher', 'heartbeat-monitor'],
    nodes: {
      // At most 100 addresses a second together.
      'steady-a': { POOLS: 'steady', SCANNER: 'noop', SCAN_MS: '200', CAPACITY: '10' },
      'steady-b': { POOLS: 'steady', SCANNER: 'noop', SCAN_MS: '200', CAPACITY: '10' },
      endless: { POOLS: 'endless', SCANNER: 'noop', SCAN_MS: '3600000', CAPACITY: '4' },
      // Listens to a silent port for an hour: a scan that ends only because somebody stops it.
      patient: { CAPACITY: '4', BANNER_TIMEOUT_MS: '3600000', PATH: nmap.path },
    },
  });
});

afterAll(async () => {
  await system?.stop();
  rmSync(programs, { recursive: true, force: true });
});

describe('a task that a freeze covers', () => {
  it('begins nothing while the freeze holds, whatever restarts, and is scanned once after it', async () => {
    const { api } = system;
    const labels = ['under-freeze'];
    const { task_id } = await api.createTask({ task_target: '127.5.0.0-127.5.1.143', labels, config: steady });
    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count >= 30);
    /** Without the reasons, which may name another cause at another time. */
    const findStates = async () =>
      (await api.findSubTasks(task_id)).map((each) => ({ ...each, waiting_reason: undefined }));
    const covers = { label: labels[0] };
    const made = await api.call<Freeze>('POST', '/api/freezes', { covers, reason: 'an outage' });
    expect(made).toMatchObject({ status: 201, body: { kind: 'freeze', covers, operator: 'local', tasks: 1 } });
    const frozenAt = new Date().toISOString();
    for (const name of ['dispatcher', 'heartbeat-monitor'] as const) {
      for (const process of system.find(name)) await process.kill();
    }
    await eventually(async () => expect((await api.getTask(task_id)).progress.scanning_count).toBe(0));
    // Tasks of the same nodes that are not covered end meanwhile, and one that is created covered does not begin.
    const late = await api.createTask({ task_target: '127.6.0.0/28', labels, config: steady });
    const scanOther = async (task_target: string) =>
      waitUntilSettled(api, (await api.createTask({ task_target, config: steady })).task_id);
    await scanOther('127.7.0.0-127.7.0.31');
    const meanwhile = await findStates();
    await scanOther('127.7.0.64-127.7.0.191');
    expect(await findStates()).toEqual(meanwhile);
    const begun = meanwhile.filter(({ assigned_time }) => assigned_time !== undefined && assigned_time > frozenAt);
    expect(begun.length).toBeLessThanOrEqual(2 * STEADY_PER_SECOND);
    expect(await api.getTask(late.task_id)).toMatchObject({
      status: 'QUEUED',
      progress: { pending_count: 16 },
      waiting_reason: { code: 'frozen', message: expect.stringContaining('an outage') },
    });
    expect((await api.getTask(task_id)).hold).toMatchObject({ code: 'frozen', operator: 'local' });

    expect(await api.call('DELETE', `/api/freezes/${made.body.freeze_id}`)).toMatchObject({
      status: 200,
      body: { tasks: 2 },
    });
    await watching.waitFor(({ status }) => status === 'COMPLETED');
    watching.close();
    for (const taskId of [task_id, late.task_id]) {
      await waitUntilSettled(api, taskId);
      const { task, subTasks } = await assertConsistent(api, taskId);
      expect(task.progress.completed_count).toBe(task.progress.total_targets);
      for (const { attempt, retry_count } of subTasks)
        expect({ attempt, retry_count }).toEqual({ attempt: 1, retry_count: 0 });
    }
  });
});

describe('a task that is paused and resumed', () => {
  it('is assigned, after the pause, what the fleet scans in a second at most, and then finishes without repeating a finished target', async () => {
    const { api } = system;
    const { task_id } = await api.createTask({ task_target: '127.1.0.0-127.1.1.243', config: steady });
    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count >= 60);

    const paused = await api.command(task_id, 'pause');
    const pausedAt = new Date().toISOString();
    expect(paused).toMatchObject({ status: 200, body: { status: 'PAUSED' } });

    // What the nodes had begun ends before others do. The end of the second shows that they had time for more, and took
    // none.
    const scanOther = async (task_target: string) =>
      waitUntilSettled(api, (await api.createTask({ task_target, config: steady })).task_id);
    await scanOther('127.2.0.0-127.2.0.127');
    await eventually(async () => {
      expect((await api.getTask(task_id)).progress.scanning_count).toBe(0);
    });
    const meanwhile = await api.findSubTasks(task_id);
    await scanOther('127.2.1.0-127.2.1.127');
    expect(await api.findSubTasks(task_id)).toEqual(meanwhile);
    const finished = meanwhile.filter(({ status }) => status === 'COMPLETED');
    expect(finished.length).toBeGreaterThanOrEqual(60);
    expect(meanwhile.filter(({ status }) => status === 'PENDING').length).toBeGreaterThan(0);
    expect(meanwhile.every(({ status }) => ['PENDING', 'ASSIGNED', 'COMPLETED'].includes(status))).toBe(true);
    const late = meanwhile.filter(({ assigned_time: assigned, started_time: started }) =>
      [assigned, started].some((time) => time !== undefined && time > pausedAt),
    );
    expect(late.length).toBeLessThanOrEqual(STEADY_PER_SECOND);
    expect((await api.getTask(task_id)).status).toBe('PAUSED');

    expect(await api.command(task_id, 'resume')).toMatchObject({ status: 200, body: { status: 'RUNNING' } });
    await watching.waitFor(({ status }) => status === 'COMPLETED');
    watching.close();
    await waitUntilSettled(api, task_id);
    const { task, subTasks } = await assertConsistent(api, task_id);
    expect(task.progress).toMatchObject({ total_targets: 500, completed_count: 500 });
    for (const { status_history, attempt, retry_count } of subTasks) {
      expect(status_history.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
      expect({ attempt, retry_count }).toEqual({ attempt: 1, retry_count: 0 });
    }
    for (const before of finished) expect(subTasks[before.index]).toEqual(before);
    const statuses = task.status_history.map(({ status }) => status);
    expect(statuses).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'PAUSED', 'RUNNING', 'COMPLETED']);
    expect(task.status_history[3]).toMatchObject({ reason: 'e2e pause', operator: 'local' });
  });
});

describe('a running task that is cancelled', () => {
  let open: Listeners;
  let port: number;

  beforeAll(async () => {
    port = await findFreePort();
    const addresses = Array.from({ length: 40 }, (_, i) => `127.0.9.${i + 1}`);
    open = await openListeners(addresses.map((address) => ({ address, port, greet: staySilent })));
  });
  afterAll(() => open?.close());

  it('has its scans aborted on the node, every subtask closed and its counters adding up', async () => {
    const { api } = system;
    const { task_id } = await api.createTask({ task_target: '127.0.9.1-40', ports: String(port) });
    const watching = await api.watch(task_id);
    const countOpenSockets = () => open.listeners.reduce((sum, listener) => sum + listener.open, 0);
    await eventually(() => expect(countOpenSockets()).toBe(4));
    await watching.waitFor(({ counts }) => counts.scanning_count === 4);

    expect(await api.command(task_id, 'cancel')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    await eventually(() => expect(countOpenSockets()).toBe(0));
    await watching.waitFor(({ status, counts }) => status === 'CANCELLED' && counts.cancelled_count === 40);
    watching.close();
    await waitUntilSettled(api, task_id);
    const { task, subTasks } = await assertConsistent(api, task_id);
    expect(task).toMatchObject({ status: 'CANCELLED', progress: { total_targets: 40, cancelled_count: 40 } });
    expect(
      subTasks.filter(({ status_history }) => status_history.some(({ status }) => status === 'SCANNING')),
    ).toHaveLength(4);

    // The node is free again.
    const next = await api.createTask({ task_target: '127.0.9.201-210', ports: String(port) });
    const nextWatching = await api.watch(next.task_id);
    await nextWatching.waitFor(({ status }) => status === 'COMPLETED');
    nextWatching.close();
    expect(open.listeners.filter(({ connections }) => connections > 0)).toHaveLength(4);
  });
});

it('answers a repeated command 200 and changes nothing, and refuses an illegal one with 409 and the legal ones', async () => {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: '127.3.0.0/22', config: { pool: 'endless' } });
  const watching = await api.watch(task_id);
  await watching.waitFor(({ status }) => status === 'RUNNING');
  watching.close();
  const refuse = async (command: 'pause' | 'resume' | 'cancel' | 'retry', allowed: string[]) => {
    const { headers, body } = await api.command(task_id, command);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problemSchema.parse(body)).toMatchObject({
      status: 409,
      code: 'illegal_transition',
      allowed,
    });
  };
  const repeat = async (command: 'pause' | 'resume' | 'cancel', status: string) =>
    expect(await api.command(task_id, command)).toMatchObject({ status: 200, body: { status, changed: false } });
  await repeat('resume', 'RUNNING');
  await api.command(task_id, 'pause');
  await repeat('pause', 'PAUSED');
  expect(await api.command(task_id, 'retry')).toMatchObject({ status: 200, body: { status: 'PAUSED', retried: 0 } });
  expect(await api.command(task_id, 'cancel')).toMatchObject({ status: 200, body: { changed: true } });
  await repeat('cancel', 'CANCELLED');
  for (const command of ['pause', 'resume', 'retry'] as const) await refuse(command, []);
  await waitUntilSettled(api, task_id);
  const { task } = await assertConsistent(api, task_id);
  expect(task.status_history.map(({ status }) => status)).toEqual([
    'CREATED',
    'QUEUED',
    'RUNNING',
    'PAUSED',
    'CANCELLED',
  ]);
  expect((await api.command('f'.repeat(24), 'pause')).status).toBe(404);
});

it('takes a failed task up again when its operator retries it', async () => {
  const { api } = system;
  nmap.remove();
  const { task_id } = await api.createTask({ task_target: '127.0.9.101-106', method: 'nmap' });
  const failed = await waitUntilSettled(api, task_id);
  expect(failed).toMatchObject({ status: 'FAILED', progress: { failed_count: 6 } });
  await assertConsistent(api, task_id);
  const statistics = await api.get<TaskStatistics>(`/api/tasks/${task_id}/statistics`);
  expect(statistics).toMatchObject({ error_codes: { SCANNER_MISSING: 6 }, failure_rate: 1, retries_total: 0 });

  nmap.install();
  const watching = await api.watch(task_id);
  expect(await api.command(task_id, 'retry')).toMatchObject({ status: 200, body: { task_id, retried: 6 } });
  await watching.waitFor(({ status }) => status === 'COMPLETED');
  watching.close();
  await waitUntilSettled(api, task_id);
  const { task, subTasks } = await assertConsistent(api, task_id);
  expect(task.progress).toMatchObject({ total_targets: 6, completed_count: 6 });
  expect(task.status_history.map(({ status }) => status).slice(-3)).toEqual(['FAILED', 'RUNNING', 'COMPLETED']);
  for (const { status_history, scan_result, attempt } of subTasks) {
    expect(status_history.map(({ status }) => status)).toEqual([
      'ASSIGNED',
      'SCANNING',
      'FAILED',
      'RETRYING',
      'SCANNING',
      'COMPLETED',
    ]);
    expect({ attempt, scan_result }).toMatchObject({
      attempt: 2,
      scan_result: { open_ports: [80], services: ['80/tcp http'] },
    });
  }
});

it('fails a task when more subtasks fail than its threshold allows, and cancels the rest', async () => {
  const { api } = system;
  nmap.remove();
  const config = { error_threshold: 3 };
  const { task_id } = await api.createTask({ task_target: '127.4.0.0/18', method: 'nmap', config });
  const task = await waitUntilSettled(api, task_id);
  expect(task.status).toBe('FAILED');
  expect(task.progress.failed_count).toBeGreaterThan(3);
  expect(task.progress.failed_count + task.progress.cancelled_count).toBe(16_384);
  expect(task.progress.cancelled_count).toBeGreaterThan(0);
  await assertConsistent(api, task_id);
});

it('an exclusion cancels what is open of running tasks, frees their nodes, and the rest is scanned to the end', async () => {
  const { api } = system;
  const held = await api.createTask({ task_target: '127.55.9.0/29', config: { pool: 'endless' } });
  const { task_id } = await api.createTask({ task_target: '127.55.0.0/24, 127.55.1.0/24', config: steady });
  await eventually(async () => {
    expect((await api.getTask(held.task_id)).progress.scanning_count).toBe(4);
    expect((await api.getTask(task_id)).progress.completed_count).toBeGreaterThan(20);
  });
  const isExcluded = ({ ip }: { ip: string }) => /^127\.55\.0\.(12[89]|1[3-9]\d|2\d\d)$/.test(ip);
  for (const target of ['127.55.0.128/25', '127.55.9.0/29']) {
    const { status } = await api.call('POST', '/api/exclusions', { target, reason: 'a heart monitor' });
    expect(status).toBe(201);
  }
  // The node has aborted its scans, which would last for an hour.
  const other = await api.createTask({ task_target: '127.55.8.0/30', config: { pool: 'endless' } });
  await eventually(async () => expect((await api.getTask(other.task_id)).progress.scanning_count).toBe(4));
  await api.command(other.task_id, 'cancel');
  await waitUntilSettled(api, held.task_id);
  expect((await assertConsistent(api, held.task_id)).task.progress).toMatchObject({ cancelled_count: 8 });

  await waitUntilSettled(api, task_id);
  const { task, subTasks } = await assertConsistent(api, task_id);
  const excluded = subTasks.filter(isExcluded);
  const cancelled = excluded.filter(({ status }) => status === 'CANCELLED');
  expect([task.status, excluded.length]).toEqual(['COMPLETED', 128]);
  expect(task.progress).toMatchObject({
    total_targets: 512,
    completed_count: 512 - cancelled.length,
    cancelled_count: cancelled.length,
  });
  expect(cancelled.length).toBeGreaterThan(0);
  for (const { status_history } of cancelled) {
    expect(status_history.at(-1)).toMatchObject({ operator: 'retry-scheduler', reason: 'excluded: a heart monitor' });
  }
});
