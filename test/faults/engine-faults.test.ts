import type { Engine } from '@cyberstroll/local';
import type { ProgressWatch } from '@cyberstroll/testkit';
import { eventually } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { check } from './checker/check';
import { type Rig, startRig } from './rig/rig';

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
}, 150_000);

afterAll(() => rig?.stop(), 60_000);

const TOTAL = 2_000;

/** From the moment that an engine answers again until every service is ready. */
const BACK_WITHIN_MS = 10_000;

const pidsOf = () => rig.stack.services.map(({ instance, identity }) => [instance, identity?.pid]);

/** Resolves when a service that needs the engine says that it is not ready. */
const isMissed = (name: Engine['name']) =>
  eventually(async () => {
    const [service] = rig.find(name === 'redis' ? 'progress-pusher' : 'state-updater');
    expect((await fetch(service!.health_url)).status).toBe(503);
  });

/**
 * Breaks the system in the midst of two tasks, the fleet's and the recording node's, and has all verified. The engine
 * is back when `breakIt` resolves. The same processes continue.
 */
async function breakInMidTask(
  network: string,
  breakIt: (fleet: { task_id: string; watch: ProgressWatch }) => Promise<void>,
) {
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
  await breakIt(fleet);
  await rig.waitUntilReady(BACK_WITHIN_MS);
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
  90_000,
);

it(
  'F17: MongoDB dies by kill -9 and comes back: no acked update is missing',
  () => breakInMidTask('127.81', () => killAndRestart('mongodb')),
  90_000,
);

it(
  'F22: Redis dies by kill -9, comes back empty, and is flushed: no update fails, pushes continue with a snapshot',
  () =>
    breakInMidTask('127.82', async ({ task_id, watch }) => {
      const engine: Engine = rig.stack.engines!.redis;
      await engine.kill();
      const { counts } = watch.frames.at(-1)!.update;
      expect((await rig.api.call('GET', `/api/tasks/${task_id}`)).status).toBe(200);
      const applied = await rig.database.countClosed([task_id]);
      await eventually(async () => expect(await rig.database.countClosed([task_id])).toBeGreaterThan(applied + 100));
      // From the store, once a second.
      await watch.waitFor(({ counts: now }) => now.completed_count > counts.completed_count + 100);
      expect((await rig.api.getTask(task_id)).status).toBe('RUNNING');
      await isMissed('redis');
      await engine.restart();
      const redis = new Redis(rig.stack.describe().redis_url);
      await redis.flushall();
      redis.disconnect();
    }),
  90_000,
);
