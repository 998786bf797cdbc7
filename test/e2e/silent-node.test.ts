import { eventually } from '@cyberstroll/testkit';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startTestStack, type TestStack } from './test-stack';

/** From its last sign of life, where another has room; services and nodes have their default times. */
const ELSEWHERE_WITHIN_MS = 20_000;

let system: TestStack;
beforeAll(async () => {
  const node = { SCANNER: 'noop', CAPACITY: '40' };
  system = await startTestStack({
    nodes: { 'node-a': { ...node, SCAN_MS: '60000' }, 'node-b': { ...node, SCAN_MS: '200' } },
    // A killed process stays dead.
    timing: { baseMs: 3_600_000, capMs: 3_600_000 },
  });
});
afterAll(() => system?.stop());

it('what a node held or was given that hangs is scanned elsewhere within 20 s of its last heartbeat', async () => {
  const { api } = system;
  const { task_id } = await api.createTask({ task_target: '127.46.0.1-100' });
  const heldBy = async (node: string) =>
    (await api.findSubTasks(task_id, { status: 'SCANNING' })).filter(({ assigned_node }) => assigned_node === node);
  const held = await eventually(async () => {
    const found = await heldBy('node-a');
    return found.length > 10 && found;
  });
  // Its connection stays, and with it the jobs that lie with it unacked.
  const hung = system.find('node-a')[0]!;
  process.kill(hung.identity!.pid, 'SIGSTOP');
  await waitUntilSettled(api, task_id, 80_000).finally(() => hung.kill());
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
    const last = status_history.findLast((entry) => entry.status === 'SCANNING')!;
    expect(Date.parse(last.timestamp) - lastSeen).toBeLessThanOrEqual(ELSEWHERE_WITHIN_MS);
  }
}, 120_000);
