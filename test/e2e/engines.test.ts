import type { Engine } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startTestStack, type TestStack } from './test-stack';

let system: TestStack;

const TOTAL = 3_000;
/** From when the engine answers again, in milliseconds. */
const READY_AGAIN_MS = 15_000;

beforeAll(async () => {
  // Some 500 addresses a second: a task outlasts the outage of any engine.
  const node = { SCANNER: 'noop', SCAN_MS: '250', CAPACITY: '64' };
  system = await startTestStack({ nodes: { 'node-a': node, 'node-b': node }, ownEngines: true });
}, 150_000);

afterAll(() => system?.stop(), 60_000);

const pidsOf = () => system.stack.describe().services.map(({ instance, pid }) => [instance, pid]);

const areAllReady = async () => {
  for (const { instance, health_url } of system.stack.services) {
    const answer = await fetch(health_url);
    expect({ instance, status: answer.status, body: await answer.text() }).toMatchObject({ status: 200 });
  }
};

it.each([['rabbitmq'], ['mongodb'], ['redis']] as const)(
  'survives a kill -9 of %s in mid-task: the same processes go on, and every target counts once',
  async (name) => {
    const { api, stack } = system;
    const engine: Engine = stack.engines![name];
    const pids = pidsOf();
    const network = { rabbitmq: '127.60', mongodb: '127.61', redis: '127.62' }[name];
    const { task_id } = await api.createTask({ task_target: `${network}.0.0-${network}.11.183` });
    const watching = await api.watch(task_id);
    await watching.waitFor(({ counts }) => counts.completed_count >= 300);

    await engine.kill();
    // Whoever needs it says so.
    const [service] = system.find(name === 'redis' ? 'progress-pusher' : 'state-updater');
    await eventually(async () => expect((await fetch(service!.health_url)).status).toBe(503));
    await engine.restart();
    await eventually(areAllReady, { timeoutMs: READY_AGAIN_MS, intervalMs: 200 });

    const end = await watching.waitFor(({ status }) => status === 'COMPLETED', 40_000);
    watching.close();
    expect(end.update.counts).toMatchObject({ total_targets: TOTAL, completed_count: TOTAL });
    await waitUntilSettled(api, task_id);
    const { task } = await assertConsistent(api, task_id);
    expect(task.progress.completed_count).toBe(TOTAL);
    expect(task.status_history.map(({ status }) => status)).toEqual(['CREATED', 'QUEUED', 'RUNNING', 'COMPLETED']);
    expect(pidsOf()).toEqual(pids);
  },
  90_000,
);
