import { setImmediate } from 'node:timers/promises';
import { findFreePort } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import { type Listeners, openListeners } from './listeners';
import type { TestStack } from './test-stack';

const ADDRESSES = Array.from({ length: 60 }, (_, i) => `127.41.0.${i + 1}`);
const NODES = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `node-${name}`);

let system: TestStack;
let open: Listeners;
let port: number;
const starts: number[] = [];
/** The addresses that have an open connection, at each start. */
const together: number[] = [];

async function noteStart(): Promise<void> {
  starts.push(performance.now());
  // What was closed before this connection is heard of first.
  for (let turns = 0; turns < 3; turns++) await setImmediate();
  together.push(open.listeners.filter((listener) => listener.open > 0).length);
}

beforeAll(async () => {
  port = await findFreePort();
  open = await openListeners(ADDRESSES.map((address) => ({ address, port, greet: () => void noteStart() })));
  system = await startLightStack({
    processes: ['dispatcher'],
    replicas: { dispatcher: 2 },
    nodes: Object.fromEntries(NODES.map((name) => [name, { CAPACITY: '20', BANNER_TIMEOUT_MS: '400' }])),
  });
});

afterAll(async () => {
  await system?.stop();
  await open?.close();
});

it('a network sees no more scans at once, and no more starts, than its limit allows, whoever is killed', async () => {
  const { api } = system;
  const limit = { covers: { network: '127.41.0.0/24' }, max_concurrent: 5, max_starts_per_second: 10 };
  expect((await api.call('POST', '/api/limits', limit)).status).toBe(201);
  const tasks = await Promise.all(
    ['127.41.0.1-30', '127.41.0.31-60'].map((task_target) => api.createTask({ task_target, ports: `${port}` })),
  );
  await eventually(() => starts.length >= 10);
  await system.find('dispatcher')[0]!.kill();
  await system.find('node-a')[0]!.kill();
  for (const { task_id } of tasks) await waitUntilSettled(api, task_id);
  expect(Math.max(...together)).toBeLessThanOrEqual(5);
  for (const [seconds, most] of [
    [1, 10 + 8],
    [10, 100 + 10],
  ] as const) {
    const inWindow = starts.map(
      (from) => starts.filter((start) => start >= from && start <= from + seconds * 1_000).length,
    );
    expect(Math.max(...inWindow)).toBeLessThanOrEqual(most);
  }
  expect(new Set(open.listeners.map(({ connections }) => connections > 0))).toEqual(new Set([true]));
  for (const { task_id } of tasks) await assertConsistent(api, task_id);
  console.info('limits', { starts: starts.length, atOnce: Math.max(...together) });
});
