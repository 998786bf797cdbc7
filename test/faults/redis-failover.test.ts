/**
 * A Redis that fails over, in each of its forms, under subscribers' WebSockets. The pusher's MongoDB is cut off, so
 * progress that subscribers get again comes by Redis. The services log in to Redis as the user of deploy/redis.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressUpdate } from '@cyberstroll/contracts';
import { REDIS_PASSWORD, type RedisGroup, redisCluster, redisPair, redisSentinel } from '@cyberstroll/local';
import type { Publisher } from '@cyberstroll/messaging';
import { createGroup, createLogger, type Logger, loadConfig, type Service } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTcpProxy,
  createTestBroker,
  createTestbed,
  createTestStore,
  eventually,
  sendUpdates,
  type TcpProxy,
  toUpdate,
  watchProgress,
} from '@cyberstroll/testkit';
import { configShape as pusherShape } from '../../services/progress-pusher/src/config';
import { createProgressPusherService } from '../../services/progress-pusher/src/service';
import { configShape as updaterShape } from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';

const TARGETS = '127.0.0.0/21';
const KEY = 'viewer-0123456789abcdef';
const RIGHTS = readFileSync(join(__dirname, '../../deploy/redis/users.acl'), 'utf8').trim().split(' ').slice(2);
/** A sentinel whose machine stood still does nothing for 30 s. */
const SOON = { timeoutMs: 300_000, intervalMs: 200 };

/** Adds what it logs of Redis to `logged`, and says nothing. */
function createListeningLogger(logged: string[]): Logger {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const listen = (facts: { dependency?: string }, message: string) => {
    if (facts.dependency === 'redis') logged.push(message);
  };
  return Object.assign(logger, { warn: listen, info: listen }) as Logger;
}

async function addUser(group: RedisGroup): Promise<void> {
  const rights = RIGHTS.map((right) => (right.startsWith('>') ? `>${REDIS_PASSWORD}` : right));
  for (const node of group.nodes) await group.ask(node, 'ACL', 'SETUSER', 'cyberstroll', ...rights);
}

const withUser = (url: string) => url.replace('://:', '://cyberstroll:');

interface System {
  store: Store;
  publisher: Publisher;
  updater: Service;
  pusher: Service;
  /** The pusher's way to its MongoDB. */
  mongodb: TcpProxy;
  /** What both services logged of Redis. */
  logged: string[];
  stop(): Promise<void>;
}

async function startSystem(redisUrl: string): Promise<System> {
  const testbed = await createTestbed();
  const mongodb = await createTcpProxy(testbed.mongodb_uri);
  const store = createTestStore(testbed);
  const broker = createTestBroker(testbed);
  const publisher = broker.createPublisher();
  const logged: string[] = [];
  const logger = createListeningLogger(logged);
  const redis = { REDIS_URL: redisUrl };
  const updater = createStateUpdaterService(
    loadConfig(updaterShape, { ...redis, RABBITMQ_URL: testbed.rabbitmq_url, MONGODB_URI: testbed.mongodb_uri }),
    logger,
  );
  const pusher = createProgressPusherService(
    loadConfig(pusherShape, { ...redis, MONGODB_URI: mongodb.url, API_KEYS: `vera:viewer:${KEY}` }),
    logger,
  );
  const parts = createGroup('system', [store, broker, publisher, updater, pusher]);
  const stop = async () => {
    await parts.stop();
    await mongodb.close();
    await testbed.cleanup();
  };
  await parts.start().catch(async (error) => {
    await stop();
    throw error;
  });
  return { store, publisher, updater, pusher, mongodb, logged, stop };
}

const watch = ({ pusher }: System, taskId: string) =>
  watchProgress(`ws://127.0.0.1:${pusher.port()}`, taskId, { key: KEY });

const complete = ({ publisher }: System, taskId: string, index: number) =>
  sendUpdates(publisher, [toUpdate(taskId, index, { status: 'COMPLETED' })]);

const redisOf = async ({ pusher, updater }: System) =>
  Promise.all(
    [pusher, updater].map(async (service) => {
      const answer = await fetch(`http://127.0.0.1:${service.port()}/readyz`);
      return ((await answer.json()) as { checks: { redis: string } }).checks.redis;
    }),
  );

/** The node on which the pusher listens to a task. */
async function findListeningNode(group: RedisGroup, taskId: string) {
  for (const node of group.nodes) {
    const [, count] = (await group.ask(node, 'PUBSUB', 'NUMSUB', `cs:progress:${taskId}`)) as [string, number];
    if (Number(count) > 0) return node;
  }
  return null;
}

const keyOf = (taskId: string) => `cs:task:${taskId}:progress`;
const freeze = async (group: RedisGroup) => {
  const master = await group.findMaster();
  process.kill(master.pid!, 'SIGSTOP');
};

/** A task whose progress reaches the pusher through the master that keeps it, or through a replica of another one. */
async function newTaskFor(group: RedisGroup, system: System) {
  for (;;) {
    const taskId = await createQueuedTask(system.store, TARGETS);
    const watcher = await watch(system, taskId);
    const listening = await eventually(() => findListeningNode(group, taskId), SOON);
    const keeping = await group.findMaster(keyOf(taskId));
    const [role, , masterPort] = (await group.ask(listening, 'ROLE')) as [string, string, number];
    const isReplicaOfOther = role === 'slave' && !keeping.url.endsWith(`:${masterPort}`);
    if (listening === keeping || isReplicaOfOther) {
      return { taskId, updates: watcher.updates, dying: new Set([listening, keeping]) };
    }
    watcher.close();
  }
}

interface WatchedTask {
  taskId: string;
  updates: readonly ProgressUpdate[];
  /** Subtasks that an update was sent for. */
  sent: number;
}

/**
 * Completes one subtask after the other until `updates` show one that was sent from now on. Resolves with the
 * milliseconds that this took.
 */
async function seeProgress(system: System, task: WatchedTask): Promise<number> {
  const before = task.sent;
  const from = performance.now();
  await eventually(async () => {
    await complete(system, task.taskId, task.sent++);
    return (task.updates.at(-1)?.counts.completed_count ?? 0) > before;
  }, SOON);
  return performance.now() - from;
}

async function failOver(system: System, task: WatchedTask, fault: () => Promise<unknown>) {
  await seeProgress(system, task);
  // From here on the pusher hears of progress by Redis alone.
  system.mongodb.cut();
  await seeProgress(system, task);
  system.logged.length = 0;
  const from = performance.now();
  await fault();
  const progressMs = await seeProgress(system, task);
  // The pusher reads the cache of Redis too while MongoDB is unavailable. Ready is who hears its own message: the
  // subscriber is back.
  await eventually(async () => expect(await redisOf(system)).toEqual(['ok', 'ok']), SOON);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  process.stdout.write(`progress after ${seconds(progressMs)}, heard after ${seconds(performance.now() - from)}\n`);
  // Of both services: the log shows the loss and its end.
  const count = (text: string) => system.logged.filter((one) => one === text).length;
  await eventually(
    () => count('dependency back') >= 2 && count('dependency back') === count('dependency unavailable'),
    SOON,
  );
  // No update failed with it.
  await eventually(async () => {
    await system.store.tasks.calculateTaskProgress(task.taskId);
    expect((await system.store.tasks.getStanding(task.taskId)).snapshot.progress.completed_count).toBe(task.sent);
  }, SOON);
}

async function newTask(system: System): Promise<WatchedTask> {
  const taskId = await createQueuedTask(system.store, TARGETS);
  const { updates } = await watch(system, taskId);
  return { taskId, updates, sent: 0 };
}

async function withSystem(group: RedisGroup, redisUrl: string, use: (system: System) => Promise<void>): Promise<void> {
  await addUser(group);
  const system = await startSystem(withUser(redisUrl));
  try {
    await eventually(async () => expect(await redisOf(system)).toEqual(['ok', 'ok']), SOON);
    await use(system);
  } finally {
    await system.stop();
  }
}

async function withGroup(start: () => Promise<RedisGroup>, use: (group: RedisGroup) => Promise<void>): Promise<void> {
  const group = await start();
  try {
    await use(group);
  } finally {
    await group.cleanup();
  }
}

const loseMaster = (fault: (group: RedisGroup) => Promise<unknown>) =>
  withGroup(redisSentinel, (group) =>
    withSystem(group, group.url, async (system) => failOver(system, await newTask(system), () => fault(group))),
  );

const CASES: [string, () => Promise<void>][] = [
  [
    'a cluster loses the master that keeps a task and the node that its pusher listens to',
    () =>
      withGroup(redisCluster, (group) =>
        withSystem(group, group.url, async (system) => {
          const { taskId, updates, dying } = await newTaskFor(group, system);
          const kill = () => Promise.all([...dying].map((node) => node.kill()));
          await failOver(system, { taskId, updates, sent: 0 }, kill);
        }),
      ),
  ],
  ['the master that sentinels watch dies', () => loseMaster((group) => group.killMaster())],
  ['the master that sentinels watch stands still, with its connections open', () => loseMaster(freeze)],
  [
    'one address leads to the promoted replica, while the old master runs on as a replica without its messages',
    () =>
      withGroup(redisPair, async (group) => {
        const [old, promoted] = group.nodes;
        const proxy = await createTcpProxy(group.url);
        try {
          await withSystem(group, proxy.url, async (system) => {
            await failOver(system, await newTask(system), async () => {
              await group.ask(promoted!, 'REPLICAOF', 'NO', 'ONE');
              proxy.redirect(promoted!.url);
              // Nobody listens there.
              await group.ask(old!, 'REPLICAOF', '127.0.0.1', '1');
            });
          });
        } finally {
          await proxy.close();
        }
      }),
  ],
];

/** All cases at once, each on its own servers: each waits most of its time. */
const ends: Promise<PromiseSettledResult<void>>[] = [];
beforeAll(() => {
  for (const [, run] of CASES) ends.push(Promise.allSettled([run()]).then(([end]) => end!));
});

it.each(CASES.map(([what], i) => [what, i] as const))(
  '%s',
  async (_what, i) => {
    const end = await ends[i]!;
    if (end.status === 'rejected') throw end.reason;
  },
  900_000,
);
