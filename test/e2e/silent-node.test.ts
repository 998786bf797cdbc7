import { loadConfig } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { configShape as monitorConfigShape } from '../../services/heartbeat-monitor/src/config';
import { SECOND_LOOK_MS } from '../../services/retry-scheduler/src/core/second-look';
import { SWEEPS } from '../../services/retry-scheduler/src/sweep-table';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import type { TestStack } from './test-stack';

/** From its last sign of life, where another has room. */
const ELSEWHERE_WITHIN_MS = 20_000;
const monitor = loadConfig(monitorConfigShape, {});
/** What else would bring the work elsewhere takes this long. */
const AN_HOUR_MS = '3600000';

let system: TestStack;
beforeAll(async () => {
  const node = { SCANNER: 'noop', CAPACITY: '40' };
  system = await startLightStack({
    nodes: { 'node-a': { ...node, SCAN_MS: AN_HOUR_MS }, 'node-b': { ...node, SCAN_MS: '200' } },
    serviceEnvironment: {
      'heartbeat-monitor': { ZOMBIE_GRACE_MS: AN_HOUR_MS },
      'retry-scheduler': { RESEND_AFTER_MS: AN_HOUR_MS },
    },
    keepsConnections: true,
    // A killed process stays dead.
    timing: { baseMs: 3_600_000, capMs: 3_600_000 },
  });
});
afterAll(() => system?.stop());

it('what a node held or was given that hangs is scanned elsewhere, because it is silent', async () => {
  const { api } = system;
  // Jobs are made for the nodes that are known.
  await eventually(async () => (await api.findNodes()).filter(({ status }) => status === 'online').length === 2);
  const { task_id } = await api.createTask({ task_target: '127.46.0.1-100', config: { subtask_timeout: 3_600 } });
  const heldBy = async (node: string) =>
    (await api.findSubTasks(task_id, { status: 'SCANNING' })).filter(({ assigned_node }) => assigned_node === node);
  const held = await eventually(async () => {
    const found = await heldBy('node-a');
    return found.length > 0 && found;
  });
  // Its connection stays, and with it the jobs that lie with it unacked.
  const hung = system.find('node-a')[0]!;
  process.kill(hung.identity!.pid, 'SIGSTOP');
  await waitUntilSettled(api, task_id).finally(() => hung.kill());
  const node = (await api.findNodes()).find(({ node_id }) => node_id === 'node-a')!;
  expect(node.status).toBe('offline');
  const lastSeen = Date.parse(String(node.last_seen));

  const { subTasks } = await assertConsistent(api, task_id);
  const lost = subTasks.filter(({ node_losses }) => node_losses > 0);
  expect(lost.length).toBeGreaterThanOrEqual(held.length);
  for (const { status_history, assigned_node, retry_count, status } of subTasks) {
    expect({ assigned_node, retry_count, status }).toEqual({
      assigned_node: 'node-b',
      retry_count: 0,
      status: 'COMPLETED',
    });
    const failed = status_history.find((entry) => entry.status === 'FAILED');
    if (failed) expect(Date.parse(failed.timestamp) - lastSeen).toBeGreaterThanOrEqual(monitor.HEARTBEAT_TIMEOUT_MS);
  }
});

it('the default times of all that comes between the last heartbeat and the next scan add up to less than 20 s', () => {
  const noticedMs = monitor.HEARTBEAT_TIMEOUT_MS + monitor.SWEEP_INTERVAL_MS;
  const sentAgainMs = SECOND_LOOK_MS.silent + 2 * SWEEPS['recall-lost'].every;
  expect(noticedMs + sentAgainMs).toBeLessThan(ELSEWHERE_WITHIN_MS);
});
