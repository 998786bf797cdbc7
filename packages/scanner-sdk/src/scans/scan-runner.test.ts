import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { SubTaskUpdate } from '@cyberstroll/contracts';
import { eventually, stall } from '@cyberstroll/testkit';
import { createClaim } from './claim';
import { ClaimBoard } from './claim-board';
import { createRunClock } from './run-clock';
import type { ScanFunction } from './scan-function';
import { createScanRunner } from './scan-runner';

const TASK = '0'.repeat(24);

/** Runs one scan that may take `timeoutMs`, and resolves with its last update. */
async function runScan(scan: ScanFunction, timeoutMs: number): Promise<SubTaskUpdate> {
  const clock = createRunClock();
  const updates: SubTaskUpdate[] = [];
  const board = new ClaimBoard();
  const plan = { task_id: TASK, method: 'connect' as const, ports: [80], timeoutMs, isExcluded: () => false };
  board.add(createClaim(plan, { subtask_id: `${TASK}-0`, ip: '127.0.0.1', attempt: 1 }, new Date()));
  createScanRunner({
    board,
    capacity: 1,
    scan,
    clock,
    mayStart: () => true,
    report: (update) => updates.push(update),
    onFreed: () => undefined,
  }).pump();
  const last = await eventually(() => updates.find(({ completed_time }) => completed_time !== undefined) ?? null);
  clock.stop();
  return last;
}

it('a scan whose answer arrived while the node stalled is COMPLETED', async () => {
  const server = createServer((socket) => socket.end('open'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const last = await runScan(async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    stall(1_500);
    await once(socket, 'data');
    return { open_ports: [80], services: [], response_time: 1 };
  }, 500);
  server.close();
  expect(last).toMatchObject({ status: 'COMPLETED', scan_result: { open_ports: [80] } });
});
