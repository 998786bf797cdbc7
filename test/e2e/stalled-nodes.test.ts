/**
 * Nodes that stall for longer than a port may take to answer, and for less than their lease: their results count, so the results
 * must be true. Every port is open.
 */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntilSettled } from './assert-consistent';
import { startTestStack, type TestStack } from './test-stack';

const TARGETS = Number(process.env.STALLED_TARGETS ?? 10_000);
const PORTS = 4;
const NODES = ['node-a', 'node-b', 'node-c'];
/** CONNECT_TIMEOUT_MS of a node is 1,500, LEASE_MS 15,000. */
const STALL_MS = { least: 1_600, most: 3_000 };

let system: TestStack;
let servers: Server[];

beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: PORTS }, openEverywhere));
  system = await startTestStack({ nodes: Object.fromEntries(NODES.map((node) => [node, { CAPACITY: '64' }])) });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  for (const server of servers ?? []) server.close();
}, 60_000);

/** A port that every address of 127.0.0.0/8 has open. */
async function openEverywhere(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end('open\r\n'));
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen({ host: '0.0.0.0', port: 0, backlog: 4_096 }, resolve),
  );
  return server;
}

/** Stops one node after the other until `done` has settled; resolves with the number of stalls. */
async function stallNodes(done: Promise<unknown>): Promise<number> {
  let going = true;
  void done.catch(() => undefined).finally(() => (going = false));
  let stalls = 0;
  for (; going; stalls++) {
    const { pid } = system.find(NODES[stalls % NODES.length]!)[0]!.identity!;
    process.kill(pid, 'SIGSTOP');
    await delay(STALL_MS.least + Math.random() * (STALL_MS.most - STALL_MS.least));
    process.kill(pid, 'SIGCONT');
    await delay(Math.random() * 200);
  }
  return stalls;
}

it(
  `nodes that stall again and again report every open port: 0 wrong of ${TARGETS}`,
  async () => {
    const { api } = system;
    const last = TARGETS - 1;
    const ports = servers.map((server) => (server.address() as AddressInfo).port).sort((a, b) => a - b);
    const { task_id } = await api.createTask({
      task_target: `127.64.0.0-127.${64 + (last >> 16)}.${(last >> 8) & 255}.${last & 255}`,
      ports: ports.join(','),
    });
    const settled = waitUntilSettled(api, task_id, TARGETS * 20);
    const stalls = await stallNodes(settled);
    expect(stalls).toBeGreaterThan(3);
    expect(await settled).toMatchObject({ status: 'COMPLETED', progress: { completed_count: TARGETS } });

    const subTasks = await api.findSubTasks(task_id);
    const wrong = subTasks
      .filter(({ scan_result }) => String(scan_result?.open_ports) !== String(ports))
      .map(({ ip, status, attempt, scan_result }) => ({ ip, status, attempt, found: scan_result?.open_ports }));
    if (process.env.STALLED_TARGETS) console.log(`${stalls} stalls, ${wrong.length} wrong of ${subTasks.length}`);
    expect({ wrong: wrong.slice(0, 10), of: subTasks.length }).toEqual({ wrong: [], of: TARGETS });
  },
  Math.max(TARGETS * 30, 300_000),
);
