/**
 * A scanner node, all but the scanning itself: takes jobs, claims their subtasks, runs the scans, reports, beats, drains.
 *
 * What it keeps:
 * - A job message is acked when the broker has confirmed an update for each of its subtasks, so that no subtask is known to
 *   nobody, and no delivery stays unacked for the length of a scan.
 * - Every claim has a random lease; whatever it reports counts only under that lease.
 * - Every claim ends with a report, unless its task has ended or the server has begun another attempt.
 * - Nothing runs that may be another node's: once the node's lease is over, all that it held is given up.
 * - Nothing grows without bound: jobs wait in the queue while `capacity` claims are open, and of each claim one update is
 *   unconfirmed and one waits at most.
 * - A scan never waits for the broker. Only after a lost connection nothing starts until every missed pause is known.
 */
import { randomUUID } from 'node:crypto';
import {
  MAX_CAPACITY,
  NODE_CONTRACT,
  NODE_SILENT_AFTER_MS,
  type SubTaskUpdate,
  toJobQueue,
} from '@cyberstroll/contracts';
import { createBroker } from '@cyberstroll/messaging';
import { AppError, createComponent, createSweep, delay } from '@cyberstroll/runtime';
import { createControlListener } from './control/control-listener';
import { TaskOrders } from './control/controlled-tasks';
import { createHeartbeatSender, toCurrentTasks } from './heartbeats/heartbeat-sender';
import { createNodeLease } from './heartbeats/node-lease';
import { createJobTaker } from './jobs/job-consumer';
import { addNodeMetrics } from './node-metrics';
import { checkOptions, type NodeStats, type ScannerNode, type ScannerNodeOptions } from './scanner-node';
import { ClaimBoard } from './scans/claim-board';
import { createRunClock } from './scans/run-clock';
import { createScanRunner } from './scans/scan-runner';
import { createWakeSignal, type Receipt } from './signals';
import { RecentReports } from './updates/recent-reports';
import { TaskTraces } from './updates/task-traces';
import { createUpdateSender } from './updates/update-sender';

const JOBS_PER_POOL = 2;
const CONFIRM_TIMEOUT_MS = 3_000;
const BROKER_AWAY_MS = 2_000;

/** Throws AppError invalid `bad_option`. `start` resolves when the broker has been reached and jobs are taken. */
export function createScannerNode({
  rabbitmqUrl,
  tls = {},
  declares = true,
  nodeId,
  pools = ['default'],
  capacity,
  scope,
  scan,
  version,
  logger,
  metrics,
  heartbeatIntervalMs = 5_000,
  leaseMs = NODE_SILENT_AFTER_MS,
  flushMs = 50,
  drainTimeoutMs = 5_000,
  consumerTimeoutMs,
  onSuperseded = (error) => void Promise.reject(error),
}: ScannerNodeOptions): ScannerNode {
  checkOptions({ nodeId, pools, capacity, heartbeatIntervalMs, leaseMs });

  const instanceId = randomUUID();
  const identity = { node_id: nodeId, instance_id: instanceId };
  const broker = createBroker({
    url: rabbitmqUrl,
    tls,
    declares,
    name: nodeId,
    logger,
    ...(metrics && { metrics }),
    ...(consumerTimeoutMs && { consumerTimeoutMs }),
  });
  const publisher = broker.createPublisher();
  const board = new ClaimBoard();
  const orders = new TaskOrders();
  const recent = new RecentReports();
  const traces = new TaskTraces();
  const wake = createWakeSignal();
  const clock = createRunClock();
  const counts = { claimed: 0, completed: 0, failed: 0, timed_out: 0 };
  let draining = false;

  const countActive = () => board.countActive(orders.pausedTasks(Date.now()));
  const sender = createUpdateSender({
    publisher,
    sender: identity,
    flushMs,
    isIdle: () => countActive() === 0,
    findTraces: (updates) => traces.findFor(updates),
    onDrained: wake.wake,
    logger,
  });
  function report(update: SubTaskUpdate, receipt?: Receipt) {
    if (update.completed_time && recent.find(update.subtask_id, update.attempt) !== update) {
      if (update.status === 'COMPLETED') counts.completed++;
      else if (update.status === 'TIMEOUT') counts.timed_out++;
      else counts.failed++;
      recent.keep(update);
    }
    sender.report(update, receipt);
  }

  const stateOf = (taskId: string) => orders.stateOf(taskId, Date.now());
  const knowsPauses = () => orders.isComplete(Date.now());
  const runner = createScanRunner({
    board,
    capacity,
    scan,
    clock,
    // While RabbitMQ is away the node goes on with what it has claimed.
    mayStart: (claim) =>
      lease.isHeld() && stateOf(claim.plan.task_id) === 'running' && (knowsPauses() || !broker.isConnected()),
    report,
    onFreed: wake.wake,
  });
  const lease = createNodeLease({
    leaseMs,
    onLapsed() {
      const message = `node ${nodeId}: cut off for ${leaseMs / 1_000} s`;
      const given_up = runner.giveUpAll('NODE_LOST', message);
      logger.warn({ lease_ms: leaseMs, given_up }, 'cut off: all that was held is given up');
    },
  });
  const hasRoom = () =>
    broker.isConnected() &&
    knowsPauses() &&
    lease.isHeld() &&
    !sender.isOverloaded() &&
    countActive() < capacity &&
    board.size < MAX_CAPACITY;
  const taker = createJobTaker({
    nodeId,
    board,
    recent,
    scope,
    wake,
    stateOf,
    hasRoom,
    report,
    onClaimed(claims) {
      counts.claimed += claims;
      runner.pump();
    },
    onTraced: (taskId, traceparent) => traces.note(taskId, traceparent),
    drop: runner.drop,
  });
  function lookAgain() {
    runner.pump();
    wake.wake();
  }

  const heartbeats = createHeartbeatSender({
    publisher,
    intervalMs: heartbeatIntervalMs,
    identity: { ...identity, capacity, pools: [...pools], version, contract: NODE_CONTRACT },
    now: () => ({
      status: draining ? 'draining' : runner.runningCount >= capacity ? 'busy' : 'online',
      running: runner.runningCount,
      current_tasks: toCurrentTasks(board.held(), sender.unconfirmed()),
    }),
    onConfirmed: lease.renew,
  });
  const control = createControlListener({
    ...{ broker, publisher, orders, runner, identity, logger },
    onChange: lookAgain,
    onSuperseded: () => void endSuperseded(),
  });
  // A pause that nobody repeats any more is over without a message that says so.
  const resume = createSweep({ name: 'resume', intervalMs: 1_000, logger, sweepOnce: async () => void lookAgain() });
  const consumers = pools.map((pool) =>
    broker.createConsumer({
      queue: toJobQueue(pool),
      prefetch: JOBS_PER_POOL,
      handle: taker.take,
      async whenReady(stopping) {
        while (!stopping.aborted && !hasRoom()) await wake.wait();
      },
      publisher,
      logger,
    }),
  );

  /** In the order of their stop, after the consumers. */
  const parts = [resume, control, lease, heartbeats, publisher, broker];

  async function declareQueues() {
    for (const pool of pools) {
      while (!draining) {
        try {
          await broker.declareJobQueue(pool);
          break;
        } catch (err) {
          if (!(err instanceof AppError) || err.kind !== 'transient') throw err;
          await delay(250);
        }
      }
    }
  }

  async function drain() {
    heartbeats.beat();
    taker.refuse();
    const taking = Promise.allSettled(consumers.map((consumer) => consumer.stop()));
    await runner.drain(drainTimeoutMs);
    await sender.finish(AbortSignal.timeout(CONFIRM_TIMEOUT_MS));
    taker.abandon();
    await taking;
    for (const part of parts) {
      await part.stop().catch((err: unknown) => logger.warn({ err, part: part.name }, 'stopping failed'));
    }
    clock.stop();
  }

  /** Handing back what it holds is the stop's. */
  async function endSuperseded() {
    if (draining) return;
    const error = new AppError('node_superseded', {
      detail: `node id ${nodeId}; give each node a node id of its own`,
      field: 'node_id',
    });
    logger.error(identity, error.message);
    await node.stop().catch((err: unknown) => logger.warn({ err }, 'stopping failed'));
    onSuperseded(error);
  }

  const stats = (): NodeStats => ({
    ...counts,
    held: board.size,
    running: runner.runningCount,
    unconfirmed: sender.unconfirmedCount(),
  });
  if (metrics) addNodeMetrics(metrics, capacity, stats);

  let ready = false;
  const component = createComponent('scanner-node', {
    async start() {
      const began = performance.now();
      for (const part of [broker, publisher]) await part.start();
      // RabbitMQ was away: a pause may have been missed, as after a lost connection.
      if (performance.now() - began > BROKER_AWAY_MS) orders.noteListening(false, Date.now());
      await declareQueues();
      for (const part of [control, lease, heartbeats, resume, ...consumers]) await part.start();
      ready = true;
      logger.info({ node_id: nodeId, instance_id: instanceId, pools, capacity }, 'taking jobs');
    },
    stop: drain,
  });

  const node: ScannerNode = {
    ...component,
    stop() {
      draining = true;
      // A start that waits for the broker ends only by the stop of what it waits for.
      if (!ready) for (const part of parts) void part.stop().catch(() => undefined);
      return component.stop();
    },
    instanceId,
    stats,
    check: () => broker.check(),
  };
  return node;
}
