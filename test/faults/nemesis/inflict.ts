import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toJobQueue } from '@cyberstroll/contracts';
import { type ClusterNode, type Engine, toServiceScript } from '@cyberstroll/local';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { sendGhostClaims } from '../rig/ghost-claims';
import { sendPoison } from '../rig/poison';
import { BACK_WITHIN_MS, HEARTBEAT_TIMEOUT_MS, type Rig } from '../rig/rig';
import type { FaultKind, PlannedFault } from './plan';
import { commandTask, type Workload } from './workload';

/** A stopped node is given up by then, and its work is with others when it wakes. */
const NODE_STOPPED_MS = 1.5 * HEARTBEAT_TIMEOUT_MS;
const UPDATER_STOPPED_MS = 3_000;
/** Longer than a port may take to answer, shorter than it takes until a node is given up. */
const NODE_STALLED_MS = 1_800;
/** Longer than a dispatcher's leases last. */
const DISPATCHER_STALLED_MS = 10_000;
const ENGINE_STALLED_MS = 4_000;
/** Long enough that the others have new leaders, and that clients have gone to them. */
const BROKER_NODE_DOWN_MS = 3_000;
const GHOST_CLAIMS = 20;
const PAUSED_MS = 2_000;
const DEATHS_AFTER_COMMIT = 2;

/**
 * Resolves when the fault is over: the engine is up again, the node continues. False if there was nothing left to
 * disturb.
 */
export type Inflict = (fault: PlannedFault) => Promise<boolean>;

export function createInflict(rig: Rig, workload: Workload): Inflict {
  /** The victim's process; one that is just being started again is waited for. */
  const findAlive = (instance: string) =>
    eventually(
      () => {
        const service = rig.stack.services.find((one) => one.instance === instance)!;
        return service.identity ? { service, pid: service.identity.pid } : null;
      },
      { timeoutMs: BACK_WITHIN_MS },
    );

  async function killEngine(name: Engine['name']) {
    const engine: Engine = rig.stack.engines![name];
    await engine.kill();
    await engine.restart();
  }

  async function stopFor(instance: string, ms: number) {
    const { service, pid } = await findAlive(instance);
    process.kill(pid, 'SIGSTOP');
    await delay(ms);
    // Another fault may have killed it in the meantime.
    if (service.identity?.pid === pid) process.kill(pid, 'SIGCONT');
  }

  const stallEngine = (name: Engine['name']) => stallGroup(rig.stack.engines![name]);

  /** With all that belongs to it. */
  async function stallGroup({ pid }: Pick<Engine, 'pid'>) {
    // It may be down just now.
    if (pid === undefined) return false;
    const signal = (what: 'SIGSTOP' | 'SIGCONT') => {
      try {
        process.kill(-pid, what);
      } catch {
        // Another fault has killed it.
      }
    };
    signal('SIGSTOP');
    await delay(ENGINE_STALLED_MS);
    signal('SIGCONT');
    return true;
  }

  let isWhole: Promise<unknown> = Promise.resolve();

  /**
   * One node at a time: waits until the others have all that it has, disturbs it, and waits until the cluster is whole
   * again.
   */
  function disturbBrokerNode(name: string, disturb: (node: ClusterNode) => Promise<unknown>) {
    const disturbed = isWhole.then(async () => {
      await rig.whenBrokerWhole();
      await disturb(rig.brokerNodes.find(({ node_name }) => node_name === name)!);
      await rig.whenBrokerWhole();
    });
    isWhole = disturbed.catch(() => undefined);
    return disturbed;
  }

  /** Of the steady task, a few of what was sent out: what its nodes have done already is not theirs to claim. */
  async function claimAsGhost(taskId: string) {
    const { cursor } = await rig.database.findTask(taskId);
    const indexes = Array.from({ length: Math.min(cursor, GHOST_CLAIMS) }, (_, i) => cursor - 1 - i);
    if (indexes.length === 0) return false;
    await sendGhostClaims(rig.rabbitmqUrl, { taskId, indexes }, rig.ledger);
    return true;
  }

  const whenBack = <Value>(act: () => Promise<Value>) =>
    eventually(async () => ({ result: await act() }), { timeoutMs: BACK_WITHIN_MS, intervalMs: 500 });

  /** An updater beside the others that dies when its first batch is committed. */
  async function dieAfterCommit() {
    const { rabbitmq_url, mongodb_uri, redis_url } = rig.stack.describe();
    const log = openSync(join(rig.dir, '.local/logs/state-updater-dying.log'), 'a');
    const child = spawn(process.execPath, [toServiceScript('state-updater')], {
      stdio: ['ignore', log, log],
      env: {
        RABBITMQ_URL: rabbitmq_url,
        MONGODB_URI: mongodb_uri,
        REDIS_URL: redis_url,
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: '0',
        INSTANCE_ID: 'state-updater-dying',
        LOG_LEVEL: 'info',
        FAILPOINT: 'after_commit_before_ack:1',
      },
    });
    closeSync(log);
    const ended = once(child, 'exit');
    const endNow = () => void child.kill('SIGKILL');
    process.once('exit', endNow);
    // Where nothing arrives there any more, it is not needed.
    const looking = setInterval(() => {
      const endWhenOver = (isOver: boolean) => isOver && child.kill('SIGTERM');
      workload.isOver().then(endWhenOver, () => undefined);
    }, 1_000);
    const [, signal] = await ended;
    clearInterval(looking);
    process.off('exit', endNow);
    return signal === 'SIGKILL';
  }

  const acts: Record<FaultKind, (victim: string) => Promise<unknown>> = {
    kill_service: async (victim) => (await findAlive(victim)).service.kill(),
    kill_node: async (victim) => (await findAlive(victim)).service.kill(),
    stop_node: (victim) => stopFor(victim, NODE_STOPPED_MS),
    stop_updater: (victim) => stopFor(victim, UPDATER_STOPPED_MS),
    async restart(victim) {
      const { service, pid } = await findAlive(victim);
      process.kill(pid, 'SIGTERM');
      await eventually(() => service.identity?.pid !== pid || null, { timeoutMs: BACK_WITHIN_MS });
    },
    kill_rabbitmq: () => killEngine('rabbitmq'),
    kill_broker_node: (victim) =>
      disturbBrokerNode(victim, async (node) => {
        await node.kill();
        await delay(BROKER_NODE_DOWN_MS);
        await node.start();
      }),
    restart_broker_node: (victim) =>
      disturbBrokerNode(victim, async (node) => {
        await node.stop();
        await node.start();
      }),
    kill_mongodb: () => killEngine('mongodb'),
    kill_redis: () => killEngine('redis'),
    async kill_both(victim) {
      await Promise.all(
        rig.find(victim).map(({ instance }) => findAlive(instance).then(({ service }) => service.kill())),
      );
    },
    stall_node: (victim) => stopFor(victim, NODE_STALLED_MS),
    stall_dispatcher: (victim) => stopFor(victim, DISPATCHER_STALLED_MS),
    stall_rabbitmq: () => stallEngine('rabbitmq'),
    stall_broker_node: (victim) => disturbBrokerNode(victim, stallGroup),
    stall_mongodb: () => stallEngine('mongodb'),
    stall_redis: () => stallEngine('redis'),
    flush_redis: () =>
      whenBack(async () => {
        const redis = new Redis(rig.stack.describe().redis_url, { maxRetriesPerRequest: 1 });
        redis.on('error', () => undefined);
        await redis.flushall().finally(() => redis.disconnect());
      }),
    async die_after_commit() {
      let deaths = 0;
      for (let i = 0; i < DEATHS_AFTER_COMMIT; i++) if (await dieAfterCommit()) deaths += 1;
      return deaths > 0;
    },
    // Not waited for: a broker that is down takes them when it is back.
    duplicate: async () => void workload.sendNext({ copies: 5 }),
    shuffle: async () => void workload.sendNext({ shuffled: true }),
    poison: (victim) => whenBack(() => sendPoison(rig.rabbitmqUrl, workload.getTaskId(victim), rig.ledger)),
    ghost_claims: async (victim) => (await whenBack(() => claimAsGhost(workload.getTaskId(victim)))).result,
    purge_jobs: () => whenBack(() => purgeQueue(rig.rabbitmqUrl, toJobQueue('default').name)),
    async pause(victim) {
      const taskId = workload.getTaskId(victim);
      if (!(await commandTask(rig, taskId, 'pause'))) return false;
      await delay(PAUSED_MS);
      return commandTask(rig, taskId, 'resume');
    },
    cancel: (victim) => commandTask(rig, workload.getTaskId(victim), 'cancel'),
  };
  return async ({ fault, victim }) => (await acts[fault](victim)) !== false;
}

/** Throws away what waits in a queue, as an operator's slip would. */
async function purgeQueue(url: string, queue: string): Promise<void> {
  const connection = await connect(url);
  connection.on('error', () => undefined);
  try {
    await (await connection.createChannel()).purgeQueue(queue);
  } finally {
    await connection.close().catch(() => undefined);
  }
}
