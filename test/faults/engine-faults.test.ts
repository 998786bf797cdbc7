import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '@cyberstroll/local';
import { eventually, upTo } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { check } from './checker/check';
import { MOST_MS, type Rig, startRig } from './rig/rig';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ ownEngines: true });
  // A queue that RabbitMQ 3.10 has not yet written down would not survive: it has a second for that.
  const { task_id } = await rig.begin({ task_target: '127.79.0.1-200' });
  await rig.begin({ task_target: '127.79.1.1-2' }, { recorded: true }).then(async (recorded) => {
    await rig.recorder.send(rig.recorder.toUpdates(recorded.task_id, [0, 1]));
  });
  expect(await rig.verify()).toMatchObject({ violations: [] });
  expect((await rig.api.getTask(task_id)).status).toBe('COMPLETED');
}, MOST_MS);

afterAll(() => rig?.stop(), MOST_MS);

const TOTAL = 2_000;

const pidsOf = () => rig.stack.services.map(({ instance, identity }) => [instance, identity?.pid]);

/** Resolves when a service that depends on the engine says that it lacks it. */
const isMissed = (name: Engine['name']) =>
  eventually(async () => {
    const [service] = rig.find(name === 'redis' ? 'progress-pusher' : 'state-updater');
    const { status } = (await (await fetch(service!.health_url)).json()) as { status: string };
    expect(status).toBe(name === 'redis' ? 'degraded' : 'unavailable');
  });

/**
 * Breaks the system in the midst of two tasks, the fleet's and the recording node's, and has all verified. The engine
 * is back when `breakIt` resolves. The same processes continue.
 */
async function breakInMidTask(network: string, breakIt: () => Promise<void>) {
  const pids = pidsOf();
  const fleet = await rig.begin({ task_target: `${network}.0.0-${network}.7.207` }, { followed: true });
  const recorded = await rig.begin({ task_target: `${network}.100.1-250` }, { recorded: true });
  await fleet.watch.waitFor(({ counts }) => counts.completed_count >= 200);
  const updates = rig.recorder.toUpdates(
    recorded.task_id,
    Array.from({ length: 250 }, (_, i) => i),
  );
  await rig.recorder.send(updates.slice(0, 100), { perEnvelope: 4 });
  const sending = rig.recorder.send(updates.slice(100), { perEnvelope: 4 });
  await breakIt();
  await rig.waitUntilReady();
  expect(pidsOf()).toEqual(pids);
  await sending;
  const evidence = await rig.collect();
  expect(check(evidence)).toMatchObject({ violations: [], lost: 0, double_counted: 0 });
  // A subscriber that connects again after a cut has got the end.
  expect(evidence.openConnections).toContainEqual(expect.stringContaining(`${fleet.task_id}#`));
  const { progress } = await rig.api.getTask(fleet.task_id);
  expect(progress).toMatchObject({ total_targets: TOTAL, completed_count: TOTAL });
}

async function killAndRestart(name: Engine['name']) {
  const engine: Engine = rig.stack.engines![name];
  await engine.kill();
  await isMissed(name);
  await engine.restart();
}

it(
  'F12: RabbitMQ dies by kill -9 and comes back: what it confirmed is counted once',
  () => breakInMidTask('127.80', () => killAndRestart('rabbitmq')),
  MOST_MS,
);

it(
  'F17: MongoDB dies by kill -9 and comes back: no acked update is missing',
  () => breakInMidTask('127.81', () => killAndRestart('mongodb')),
  MOST_MS,
);

it(
  'F22: Redis dies by kill -9, comes back empty, and is flushed: no update fails, pushes continue with a snapshot',
  () =>
    breakInMidTask('127.82', async () => {
      const { task_id, watch } = await rig.begin({ task_target: '127.82.200.1-150' }, { recorded: true });
      const updates = rig.recorder.toUpdates(task_id, upTo(150));
      const isShown = (count: number) => watch.waitFor(({ counts }) => counts.completed_count >= count);
      await rig.recorder.send(updates.slice(0, 100));
      await isShown(50);
      const engine: Engine = rig.stack.engines!.redis;
      await engine.kill();
      expect((await rig.api.call('GET', `/api/tasks/${task_id}`)).status).toBe(200);
      await rig.recorder.send(updates.slice(100, 200));
      await eventually(async () => expect(await rig.database.countClosed([task_id])).toBe(100));
      // From the store, once a second.
      await isShown(100);
      expect((await rig.api.getTask(task_id)).status).toBe('RUNNING');
      await isMissed('redis');
      await engine.restart();
      const redis = new Redis(rig.stack.describe().redis_url);
      await redis.flushall();
      redis.disconnect();
      await rig.recorder.send(updates.slice(200));
      await isShown(150);
    }),
  MOST_MS,
);

it(
  'RabbitMQ, MongoDB and Redis die by kill -9 at once, and are back though nobody starts them by hand',
  () =>
    breakInMidTask('127.83', async () => {
      const engines = rig.stack.engines!.all;
      const before = engines.map(({ pid, url }) => ({ pid, url }));
      for (const { pid } of before) process.kill(pid!, 'SIGKILL');
      await eventually(() => {
        const recorded = JSON.parse(readFileSync(join(rig.dir, '.local/pids.json'), 'utf8')).processes;
        for (const [i, { pid }] of engines.entries()) {
          expect([undefined, before[i]!.pid]).not.toContain(pid);
          expect(recorded).toContainEqual(expect.objectContaining({ name: 'engine', pid }));
        }
      });
      expect(engines.map(({ url }) => url)).toEqual(before.map(({ url }) => url));
    }),
  MOST_MS,
);

/** The last one: it leaves nothing that runs. */
it(
  'every service ends after SIGTERM without SIGKILL, by its deadline of 15 s at the latest, with every engine gone',
  async () => {
    const { stack } = rig;
    const { watch } = await rig.begin({ task_target: '127.84.0.0-127.84.7.207' });
    await watch.waitFor(({ counts }) => counts.completed_count >= 100);
    await Promise.all(stack.engines!.all.map((engine) => engine.kill()));
    await Promise.all(stack.services.map((service) => service.stop(120_000)));
    const story = readFileSync(join(rig.dir, '.local/logs/supervisor.log'), 'utf8');
    expect(story.split('\n').filter((line) => line.includes('did not stop'))).toEqual([]);
    for (const { instance } of stack.services) {
      const log = readFileSync(join(rig.dir, '.local/logs', `${instance}.log`), 'utf8');
      expect([instance, log]).toEqual([instance, expect.stringMatching(/"msg":"stopped"|"deadline_ms":15000\D/)]);
    }
  },
  MOST_MS,
);
