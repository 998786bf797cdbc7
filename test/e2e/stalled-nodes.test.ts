/**
 * Nodes that stall for longer than a port may take to answer, and for less than their lease: their results count, so
 * the results must be true. Every port is open.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@cyberstroll/local';
import type { SubTaskView } from './api';
import { waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import { type Listeners, openListeners } from './listeners';
import type { TestStack } from './test-stack';

/** Each task scans the same addresses, all ports of each. */
const ADDRESSES = Array.from({ length: 250 }, (_, i) => `127.64.0.${i}`);
const TASKS = Math.ceil(Number(process.env.STALLED_TARGETS ?? 1_000) / ADDRESSES.length);
const TARGETS = TASKS * ADDRESSES.length;
/** How many are scanned at any moment. */
const OPEN_TASKS = 4;
const LEAST_STALLS = 4;
const PORTS = 4;
const NODES = ['node-a', 'node-b', 'node-c'];
/** CONNECT_TIMEOUT_MS of a node is 1,500, LEASE_MS 15,000. */
const STALL_MS = { least: 1_600, most: 3_000 };

let system: TestStack;
let listeners: Listeners;
let ports: number[];

beforeAll(async () => {
  ports = await Promise.all(Array.from({ length: PORTS }, findFreePort)).then((free) => free.sort((a, b) => a - b));
  const wanted = ADDRESSES.flatMap((address) => ports.map((port) => ({ address, port })));
  listeners = await openListeners(wanted.map((one) => ({ ...one, greet: (socket) => void socket.end('open\r\n') })));
  system = await startLightStack({ nodes: Object.fromEntries(NODES.map((node) => [node, { CAPACITY: '64' }])) });
});
afterAll(async () => {
  await system?.stop();
  await listeners?.close();
});

/** Stops one node after the other, each for a moment, until it is stopped. */
function stallNodes() {
  let isEnding = false;
  let count = 0;
  const stalling = (async () => {
    for (; !isEnding; count++) {
      const { pid } = system.find(NODES[count % NODES.length]!)[0]!.identity!;
      process.kill(pid, 'SIGSTOP');
      await delay(STALL_MS.least + Math.random() * (STALL_MS.most - STALL_MS.least));
      process.kill(pid, 'SIGCONT');
      await delay(Math.random() * 200);
    }
  })();
  return {
    count: () => count,
    end() {
      isEnding = true;
      return stalling;
    },
  };
}

it(
  `nodes that stall again and again report every open port: 0 wrong of ${TARGETS}`,
  async () => {
    const { api } = system;
    const task = { task_target: `${ADDRESSES[0]}-${ADDRESSES.at(-1)}`, ports: ports.join(',') };
    const taskIds: string[] = [];
    const settle = async (taskId: string) =>
      expect(await waitUntilSettled(api, taskId, 600_000)).toMatchObject({
        status: 'COMPLETED',
        progress: { completed_count: ADDRESSES.length },
      });
    const stalls = stallNodes();
    try {
      // A fast machine scans more until there were stalls enough.
      while (taskIds.length < TASKS || stalls.count() < LEAST_STALLS) {
        taskIds.push((await api.createTask(task)).task_id);
        if (taskIds.length > OPEN_TASKS) await settle(taskIds.at(-1 - OPEN_TASKS)!);
      }
      for (const taskId of taskIds.slice(-OPEN_TASKS)) await settle(taskId);
    } finally {
      await stalls.end();
    }

    const subTasks: SubTaskView[] = [];
    for (const taskId of taskIds) subTasks.push(...(await api.findSubTasks(taskId)));
    const wrong = subTasks
      .filter(({ scan_result }) => String(scan_result?.open_ports) !== String(ports))
      .map(({ ip, status, attempt, scan_result }) => ({ ip, status, attempt, found: scan_result?.open_ports }));
    if (process.env.STALLED_TARGETS)
      console.log(`${stalls.count()} stalls, ${wrong.length} wrong of ${subTasks.length}`);
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(subTasks.length).toBeGreaterThanOrEqual(TARGETS);
  },
  Math.max(TARGETS * 90, 900_000),
);
