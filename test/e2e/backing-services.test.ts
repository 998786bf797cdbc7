import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startTestStack, type TestStack } from './test-stack';

let system: TestStack;

const TOTAL = 2_000;

beforeAll(async () => {
  // At most 128 addresses a second: a task lasts for 15 s at least, so that the engines are killed in its midst.
  const node = { SCANNER: 'noop', SCAN_MS: '1000', CAPACITY: '64' };
  system = await startTestStack({ nodes: { 'node-a': node, 'node-b': node }, ownEngines: true });
});

afterAll(() => system?.stop());

it('a task is completed though every engine is killed at once in mid-task, and nobody starts them again by hand', async () => {
  const { api, stack } = system;
  const engines = stack.engines!.all;
  const before = engines.map(({ pid, url }) => ({ pid, url }));
  const { task_id } = await api.createTask({ task_target: '127.63.0.0-127.63.7.207' });
  const watching = await api.watch(task_id);
  await watching.waitFor(({ counts }) => counts.completed_count >= 100);
  watching.close();
  for (const { pid } of before) process.kill(pid!, 'SIGKILL');
  const killedAt = new Date().toISOString();
  await waitUntilSettled(api, task_id, 240_000);
  const { task, subTasks } = await assertConsistent(api, task_id);
  expect(subTasks.filter(({ started_time }) => started_time! > killedAt).length).toBeGreaterThan(0);
  expect(task).toMatchObject({ status: 'COMPLETED', progress: { completed_count: TOTAL } });
  expect(engines.map(({ url }) => url)).toEqual(before.map(({ url }) => url));
  for (const [i, { pid }] of engines.entries()) expect(pid).not.toBe(before[i]!.pid);
  const recorded = JSON.parse(readFileSync(join(system.dir, '.local/pids.json'), 'utf8')).processes;
  for (const { pid } of engines) expect(recorded).toContainEqual(expect.objectContaining({ name: 'engine', pid }));
}, 400_000);

it('every service ends after SIGTERM without SIGKILL, by its deadline of 15 s at the latest, with every engine gone', async () => {
  const { api, stack } = system;
  const { task_id } = await api.createTask({ task_target: '127.64.0.0-127.64.7.207' });
  const watching = await api.watch(task_id);
  await watching.waitFor(({ counts }) => counts.completed_count >= 100);
  watching.close();
  await Promise.all(stack.engines!.all.map((engine) => engine.kill()));
  await Promise.all(stack.services.map((service) => service.stop(120_000)));
  const story = readFileSync(join(system.dir, '.local/logs/supervisor.log'), 'utf8');
  expect(story.split('\n').filter((line) => line.includes('did not stop'))).toEqual([]);
  for (const { instance } of stack.services) {
    const log = readFileSync(join(system.dir, '.local/logs', `${instance}.log`), 'utf8');
    expect([instance, log]).toEqual([instance, expect.stringMatching(/"msg":"stopped"|"deadline_ms":15000\D/)]);
  }
}, 400_000);
