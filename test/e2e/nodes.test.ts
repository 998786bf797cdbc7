import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TaskStatistics } from '@cyberstroll/contracts';
import type { ServiceProcess } from '@cyberstroll/local';
import { createScannerNode, DEFAULT_SCOPE, parseScope, type ScanResult } from '@cyberstroll/scanner-sdk';
import { eventually, testLogger } from '@cyberstroll/testkit';
import type { SubTaskView, TaskView } from './api';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { createFakeNmap, type FakeNmap } from './fake-nmap';
import { startLightStack } from './light-stack';
import type { TestStack } from './test-stack';

let system: TestStack;
let programs: string;
let nmap: FakeNmap;
let nodeA: ServiceProcess;

/** Longer than a process needs to start again on a busy machine: a restart must be heard of before the silence. */
const HEARTBEAT_TIMEOUT_MS = 25_000;
const CAPACITY_WITH_NMAP = 4;

beforeAll(async () => {
  programs = mkdtempSync(join(tmpdir(), 'cyberstroll-programs-'));
  nmap = createFakeNmap(programs);
  const fleet = { POOLS: 'fleet', SCANNER: 'noop', SCAN_MS: '3000', CAPACITY: '20', DRAIN_TIMEOUT_MS: '100' };
  const beat = { HEARTBEAT_INTERVAL_MS: '1000' };
  system = await startLightStack({
    nodes: {
      'node-a': { ...fleet, ...beat },
      'node-b': { ...fleet, ...beat },
      prober: { ...beat, POOLS: 'probes', PATH: nmap.path },
      plain: { ...beat, POOLS: 'mixed', PATH: '/nowhere' },
      'with-nmap': {
        ...beat,
        POOLS: 'mixed',
        PATH: nmap.path,
        CAPACITY: String(CAPACITY_WITH_NMAP),
        DRAIN_TIMEOUT_MS: '100',
      },
    },
    serviceEnvironment: {
      'heartbeat-monitor': {
        HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS),
        SWEEP_INTERVAL_MS: '500',
      },
    },
    // What a test kills stays dead until it starts it again.
    timing: { baseMs: 3_600_000, capMs: 3_600_000 },
  });
  nodeA = system.find('node-a')[0]!;
});

afterAll(async () => {
  await system?.stop();
  rmSync(programs, { recursive: true, force: true });
});

const waitForNodeA = (status: string) =>
  eventually(
    async () => {
      const nodes = await system.api.findNodes();
      expect(nodes.find(({ node_id }) => node_id === 'node-a')).toMatchObject({ status });
    },
    { timeoutMs: 120_000 },
  );

/** SIGKILL; resolves when the supervisor knows of it, and node-a can be started again. */
async function killNodeA() {
  await nodeA.kill();
  await eventually(() => expect(nodeA.identity).toBeUndefined());
}

/** Starts a task of `count` targets and resolves when node-a says that it is at work on some of them. */
async function startTask(count: number, network: string): Promise<string> {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: `${network}.1-${count}`, config: { pool: 'fleet' } });
  await eventually(async () => {
    const node = (await api.findNodes()).find(({ node_id }) => node_id === 'node-a');
    expect(node).toMatchObject({ status: 'busy', current_task_count: expect.any(Number) });
    expect(node?.current_tasks.length).toBeGreaterThan(3);
    // What it said then may have ended.
    const scanning = await api.findSubTasks(task_id, { status: 'SCANNING' });
    expect(scanning.filter(({ assigned_node }) => assigned_node === 'node-a').length).toBeGreaterThan(3);
  });
  return task_id;
}

async function finish(taskId: string): Promise<SubTaskView[]> {
  await waitUntilSettled(system.api, taskId);
  const { task, subTasks } = await assertConsistent(system.api, taskId);
  expect(task).toMatchObject({ status: 'COMPLETED', progress: { completed_count: subTasks.length } });
  return subTasks;
}

const findFailed = (subTasks: readonly SubTaskView[]) =>
  subTasks.filter(({ status_history }) => status_history.some(({ status }) => status === 'FAILED'));

const statusesOf = ({ status_history }: SubTaskView) => status_history.map(({ status }) => status);

/** Each lost under its node once, and done by the other, without a retry spent. */
function expectFreeRetry(lost: readonly SubTaskView[]) {
  expect(lost.length).toBeGreaterThan(0);
  for (const subTask of lost) {
    expect(statusesOf(subTask).slice(-4)).toEqual(['FAILED', 'RETRYING', 'SCANNING', 'COMPLETED']);
    expect(subTask).toMatchObject({ attempt: 2, retry_count: 0 });
  }
}

it('lists the nodes with status, capacity, pools, running subtasks and load', async () => {
  await eventually(async () => {
    const nodes = await system.api.findNodes();
    expect(nodes.map(({ node_id, status }) => [node_id, status]).sort()).toEqual([
      ['node-a', 'online'],
      ['node-b', 'online'],
      ['plain', 'online'],
      ['prober', 'online'],
      ['with-nmap', 'online'],
    ]);
    expect(nodes.find(({ node_id }) => node_id === 'node-a')).toMatchObject({
      capacity: 20,
      pools: ['fleet'],
      methods: ['connect', 'http', 'udp', 'nmap'],
      current_tasks: [],
      system_info: { memory_usage: expect.any(Number), cpu_usage: expect.any(Number) },
    });
  });
});

it('retries on other nodes the subtasks that a killed node held, and shows the node offline', async () => {
  const taskId = await startTask(200, '127.40.0');
  await killNodeA();
  await waitForNodeA('offline');
  // What it held is already on its way elsewhere: nothing is shown running on a dead node.
  await eventually(async () => {
    const scanning = await system.api.findSubTasks(taskId, { status: 'SCANNING' });
    expect(scanning.filter(({ assigned_node }) => assigned_node === 'node-a')).toEqual([]);
  });
  const subTasks = await finish(taskId);
  const lost = findFailed(subTasks);
  expectFreeRetry(lost);
  for (const { node_losses, assigned_node, status_history } of lost) {
    expect({ node_losses, assigned_node }).toEqual({ node_losses: 1, assigned_node: 'node-b' });
    const failed = status_history.find(({ status }) => status === 'FAILED')!;
    expect(failed).toMatchObject({ operator: 'heartbeat-monitor', reason: expect.stringContaining('node-a') });
  }
  const statistics = await system.api.get<TaskStatistics>(`/api/tasks/${taskId}/statistics`);
  expect(statistics).toMatchObject({ node_losses_total: lost.length, failure_rate: 0 });
});

it('accepts a node that comes back, and fails at once the subtasks that its former process held', async () => {
  nodeA.start();
  await waitForNodeA('online');
  const taskId = await startTask(200, '127.41.0');
  await killNodeA();
  nodeA.start();
  const subTasks = await finish(taskId);
  const lost = findFailed(subTasks);
  expectFreeRetry(lost);
  for (const { status_history } of lost) {
    const failed = status_history.find(({ status }) => status === 'FAILED');
    expect(failed).toMatchObject({ reason: expect.stringMatching(/node-a: restarted/) });
  }
});

it('retries the subtasks that a stopped node held, at no cost, and loses nothing', async () => {
  // The new process takes part.
  await waitForNodeA('online');
  const taskId = await startTask(200, '127.42.0');
  process.kill(nodeA.identity!.pid, 'SIGTERM');
  await waitForNodeA('offline');
  const subTasks = await finish(taskId);
  const handedBack = findFailed(subTasks);
  expectFreeRetry(handedBack);
  for (const { status_history, node_losses } of handedBack) {
    expect(node_losses).toBe(0);
    expect(status_history.find(({ status }) => status === 'FAILED')).toMatchObject({ reason: 'NODE_DRAINING' });
  }
  await eventually(() => expect(nodeA.identity).toBeUndefined());
  nodeA.start();
  await waitForNodeA('online');
});

it('leaves nmap scans to the node that has nmap, and lets a running task wait when that node has left', async () => {
  const withNmap = system.find('with-nmap')[0]!;
  nmap.hang();
  const scan = { method: 'nmap', ports: '80', config: { pool: 'mixed', max_retries: 0 } } as const;
  const { task_id } = await system.api.createTask({ ...scan, task_target: '127.44.0.1-40' });
  await eventually(async () =>
    expect(await system.api.findSubTasks(task_id, { status: 'SCANNING' })).toHaveLength(CAPACITY_WITH_NMAP),
  );
  process.kill(withNmap.identity!.pid, 'SIGTERM');
  await eventually(() => expect(withNmap.identity).toBeUndefined());
  await eventually(async () =>
    expect(await system.api.get<object>(`/api/tasks/${task_id}`)).toMatchObject({
      status: 'RUNNING',
      waiting_reason: { code: 'no_node_for_method' },
      progress: { failed_count: 0, scanning_count: 0 },
    }),
  );
  nmap.install();
  withNmap.start();
  for (const subTask of await finish(task_id)) {
    expect(subTask).toMatchObject({ assigned_node: 'with-nmap', retry_count: 0, scan_result: { open_ports: [80] } });
  }
});

it('keeps what a node of another method finds: ports with a protocol, names and findings', async () => {
  const { rabbitmq_url, api_url, api_key } = system.stack.describe();
  const readText = async (path: string) =>
    (await fetch(`${api_url}${path}`, { headers: { authorization: `Bearer ${api_key}` } })).text();
  const finding = { id: 'cve-2026-1', kind: 'cve', severity: 'high', port: 443, title: 'old TLS' } as const;
  const tls = { subject: 'CN=a', not_after: '2026-12-31T00:00:00.000Z' };
  const found: ScanResult = {
    open_ports: [],
    services: [],
    response_time: 0,
    ports: [
      { port: 443, protocol: 'tcp', state: 'open', service: 'https', tls },
      { port: 53, protocol: 'udp', state: 'open', service: 'domain' },
    ],
    hostnames: ['a.example'],
    findings: [{ ...finding, data: { references: ['https://a.example'] } }],
  };
  const node = createScannerNode({
    rabbitmqUrl: rabbitmq_url,
    nodeId: 'auditor',
    pools: ['audits'],
    methods: ['audit'],
    capacity: 2,
    scan: async () => found,
    scope: parseScope(DEFAULT_SCOPE),
    logger: testLogger,
  });
  await node.start();
  try {
    const body = { task_target: '127.46.0.1-3', scan: { method: 'audit' }, config: { pool: 'audits' } };
    const created = await system.api.call<TaskView>('POST', '/api/tasks', { task_initiator: 'test', ...body });
    const { task_id } = created.body;
    for (const { scan_result } of await finish(task_id)) {
      const { ports, hostnames } = found;
      expect(scan_result).toEqual({
        open_ports: [53, 443],
        services: ['53/udp domain', '443/tcp https'],
        response_time: 0,
        finding_count: 1,
        ports,
        hostnames,
      });
    }
    const { items } = await system.api.get<{ items: object[] }>(`/api/findings?task_id=${task_id}&severity=high`);
    const { id: finding_id, ...rest } = found.findings![0]!;
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ task_id, assigned_node: 'auditor', finding_id, ...rest });
    const csv = await readText('/api/findings?target=127.46.0.2&format=csv');
    expect(csv).toMatch(/^task_id,[^\r]*\r\n[^\r]*,127\.46\.0\.2,443,,high,cve,cve-2026-1,old TLS,[^\r]*\r\n$/);
    const rows = await readText(`/api/tasks/${task_id}/results?format=csv`);
    expect(rows).toContain(',127.46.0.1,53,udp,domain,');
  } finally {
    await node.stop();
  }
});

/** As nuclei does: a JSON line for each place on its stdin. Its name says which arguments it got. */
const SCANNER = `
  for (const place of require('node:fs').readFileSync(0, 'utf8').trim().split('\\n')) {
    const info = { name: process.argv.slice(2).join(' '), severity: 'high' };
    const port = place.split(':').pop();
    console.log(JSON.stringify({ 'template-id': 'old-tls', type: 'ssl', info, port, 'matched-at': place }));
  }
`;

const root = resolve(__dirname, '../..');
const example = join(root, 'packages/nodes/examples/command-node');
/** Beside it is the SDK. */
const script = join(root, 'test/dist/command-node.mjs');
const EXAMPLES: [language: string, program: string, args: string[]][] = [
  ['python', join(root, '.local/python-node/bin/python'), [join(example, 'node.py')]],
  ['go', join(root, '.local/go-command-node'), []],
  ['javascript', process.execPath, [script]],
];

it.each(EXAMPLES)(
  'the example in %s runs a command-line scanner with options, and keeps its findings',
  async (pool, ...by) => {
    copyFileSync(join(example, 'node.mjs'), script);
    const scanner = join(programs, 'scanner.cjs');
    writeFileSync(scanner, SCANNER);
    const env = {
      ...process.env,
      RABBITMQ_URL: system.stack.describe().rabbitmq_url,
      NODE_ID: pool,
      POOLS: pool,
      METHODS: 'nuclei',
      SCAN_COMMAND: `${process.execPath} ${scanner}`,
      SCAN_SCOPE: DEFAULT_SCOPE,
    };
    const node = spawn(...by, { env, stdio: 'inherit' });
    const create = async (severity: string) => {
      const scan = { method: 'nuclei', ports: '80,443', options: { severity } };
      const body = { task_initiator: 'test', task_target: '127.47.0.1-2', scan, config: { pool } };
      return (await system.api.call<TaskView>('POST', '/api/tasks', body)).body.task_id;
    };
    try {
      const task_id = await create('high,critical');
      for (const { scan_result } of await finish(task_id)) {
        expect(scan_result).toMatchObject({ open_ports: [80, 443], finding_count: 2 });
      }
      const { items } = await system.api.get<{ items: object[] }>(`/api/findings?task_id=${task_id}`);
      const finding = { finding_id: 'old-tls:443', kind: 'ssl', severity: 'high', title: '-severity high,critical' };
      expect(items).toHaveLength(4);
      expect(items).toContainEqual(expect.objectContaining(finding));
      const refused = await create('high;id');
      await waitUntilSettled(system.api, refused);
      const failed = await system.api.findSubTasks(refused, { status: 'FAILED' });
      expect(failed.map(({ error_info }) => error_info?.error_code)).toEqual(['INVALID_JOB', 'INVALID_JOB']);
    } finally {
      node.kill('SIGTERM');
      if (node.exitCode === null) await once(node, 'exit');
    }
  },
);

describe('a scan that fails', () => {
  const probe = { method: 'nmap', ports: '80' } as const;
  const config = { pool: 'probes', max_retries: 2, retry_delay: 0.3 };

  it('is not tried again for a reason that trying again does not change', async () => {
    nmap.remove();
    const task = await system.api.createTask({ ...probe, task_target: '127.43.0.1-5', config });
    await waitUntilSettled(system.api, task.task_id);
    const { subTasks } = await assertConsistent(system.api, task.task_id);
    for (const subTask of subTasks) {
      expect(statusesOf(subTask)).toEqual(['ASSIGNED', 'SCANNING', 'FAILED']);
      expect(subTask).toMatchObject({ retry_count: 0, error_info: { error_code: 'SCANNER_MISSING' } });
    }
  });

  it('is tried again after a backoff until it succeeds', async () => {
    nmap.install({ failures: 3 });
    const task = await system.api.createTask({
      ...probe,
      task_target: '127.43.1.1-5',
      config: { ...config, max_retries: 9 },
    });
    const subTasks = await finish(task.task_id);
    const retries = subTasks.reduce((sum, { retry_count }) => sum + retry_count, 0);
    expect(retries).toBe(3);
    for (const { attempt, retry_count, scan_result } of subTasks) {
      expect({ attempt, ports: scan_result?.open_ports }).toEqual({ attempt: retry_count + 1, ports: [80] });
    }
    const statistics = await system.api.get<TaskStatistics>(`/api/tasks/${task.task_id}/statistics`);
    expect(statistics).toMatchObject({ retries_total: 3, completion_rate: 1 });
  });

  it('stays failed after max_retries, which a task may set', async () => {
    nmap.remove();
    const task = await system.api.createTask({
      ...probe,
      task_target: '127.43.2.1-5',
      config: { ...config, retryable: { SCANNER_MISSING: true } },
    });
    expect((await waitUntilSettled(system.api, task.task_id)).status).toBe('FAILED');
    const { subTasks } = await assertConsistent(system.api, task.task_id);
    for (const subTask of subTasks) {
      expect(statusesOf(subTask)).toEqual([
        'ASSIGNED',
        'SCANNING',
        'FAILED',
        'RETRYING',
        'SCANNING',
        'FAILED',
        'RETRYING',
        'SCANNING',
        'FAILED',
      ]);
      expect(subTask).toMatchObject({ attempt: 3, retry_count: 2, max_retries: 2 });
      expect(subTask.next_retry_time).toBeUndefined();
    }
  });
});
