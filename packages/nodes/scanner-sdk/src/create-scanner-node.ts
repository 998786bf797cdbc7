/**
 * Everything of a scanner node except the scan itself: it takes jobs, claims their subtasks, runs the scans, reports,
 * sends heartbeats and drains.
 *
 * What it guarantees:
 * - A job message is acked when the broker has confirmed an update for each of its subtasks. So at any time either the
 *   queue or the server knows each subtask, and no delivery stays unacked for as long as a scan takes.
 * - Every claim has a random lease. Its updates count only under that lease.
 * - Every claim ends with a report, unless its task has ended, it is excluded, or the server has started another
 *   attempt.
 * - Nothing runs that another node may have: when the node's lease is over, it gives up all its claims.
 * - Nothing grows without bound: jobs wait in the queue while `capacity` claims are open, and each claim has at most
 *   one unconfirmed update and one that waits.
 * - No running scan waits for the server. Nothing begins while the node does not know what must not begin: it knows
 *   that for 2 s after each `repeated`.
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
import { AppError, createComponent, createLogger, createParallel } from '@cyberstroll/runtime';
import { createControlListener } from './control/control-listener';
import { ControlledTasks } from './control/controlled-tasks';
import { ServerClock } from './control/server-clock';
import { createHeartbeatSender, toCurrentTasks } from './heartbeats/heartbeat-sender';
import { createNodeLease } from './heartbeats/node-lease';
import { createJobConsumer } from './jobs/job-consumer';
import { addNodeMetrics } from './node-metrics';
import { checkOptions, type NodeStats, refuseUnknown, type ScannerNode, type ScannerNodeOptions } from './scanner-node';
import type { Claim, JobPlan } from './scans/claim';
import { ClaimBoard } from './scans/claim-board';
import { ExcludedNow } from './scans/excluded';
import { createRunClock } from './scans/run-clock';
import { createScanRunner } from './scans/scan-runner';
import { SDK_VERSION } from './sdk-version';
import { createWakeSignal, type Receipt } from './signals';
import { createEnvelopeSender } from './updates/envelope-sender';
import { RecentReports } from './updates/recent-reports';
import { TaskTraces } from './updates/task-traces';

const JOBS_PER_POOL = 2;
/** How long a stop waits for the last confirms. */
const CONFIRM_TIMEOUT_MS = 3_000;

/** Throws AppError invalid `bad_option` or `bad_url`. */
export function createScannerNode({
  rabbitmqUrl,
  tls = {},
  nodeId,
  pools = ['default'],
  capacity,
  scope,
  scan,
  methods = ['connect'],
  version = SDK_VERSION,
  logger = createLogger({ service: 'scanner-node', instance: nodeId, level: 'info' }),
  metrics,
  heartbeatIntervalMs = 5_000,
  leaseMs = NODE_SILENT_AFTER_MS,
  flushMs = 50,
  drainTimeoutMs = 5_000,
  consumerTimeoutMs,
  onSuperseded = (error) => void Promise.reject(error),
  ...unknown
}: ScannerNodeOptions): ScannerNode {
  refuseUnknown(unknown);
  checkOptions({ nodeId, pools, methods, capacity, heartbeatIntervalMs, leaseMs });

  const instanceId = randomUUID();
  const identity = { node_id: nodeId, instance_id: instanceId };
  const broker = createBroker({
    url: rabbitmqUrl,
    tls,
    // The services declare what nodes use: the queue of a pool at the first heartbeat that names it.
    declares: false,
    name: nodeId,
    logger,
    ...(metrics && { metrics }),
    ...(consumerTimeoutMs && { consumerTimeoutMs }),
  });
  const publisher = broker.createPublisher({ namesUser: true });
  const board = new ClaimBoard();
  const serverClock = new ServerClock();
  const tasks = new ControlledTasks();
  const excluded = new ExcludedNow();
  const recent = new RecentReports();
  const traces = new TaskTraces();
  const wake = createWakeSignal();
  const clock = createRunClock();
  let claimed = 0;
  let draining = false;

  const stateOf = (taskId: string) => tasks.stateOf(taskId, performance.now());
  const countActive = () => board.countActive((taskId) => stateOf(taskId) === 'paused');
  const sender = createEnvelopeSender({
    publisher,
    sender: identity,
    flushMs,
    isIdle: () => countActive() === 0,
    findTraces: (updates) => traces.findFor(updates),
    onDrained: wake.wake,
    logger,
  });
  function report(update: SubTaskUpdate, receipt?: Receipt) {
    recent.note(update);
    sender.report(update, receipt);
  }

  const portsLeft = (ip: string, ports: readonly number[]) => excluded.portsLeft(ip, ports, performance.now());
  const knowsRules = () => serverClock.knowsRules(performance.now());
  const isOver = (plan: JobPlan) => serverClock.isOver(plan, performance.now());
  const runner = createScanRunner({
    board,
    capacity,
    scan,
    clock,
    mayStart: ({ plan }) => lease.isHeld() && knowsRules() && !isOver(plan) && stateOf(plan.task_id) === 'running',
    portsOf: ({ ip, plan }) => portsLeft(ip, plan.excluded.portsLeft(ip, plan.ports)),
    report,
    onFreed: wake.wake,
  });
  const lease = createNodeLease({
    leaseMs,
    onLapsed() {
      const message = `node ${nodeId} was cut off from RabbitMQ for ${leaseMs / 1_000} s`;
      const given_up = runner.giveUpAll(message);
      logger.warn({ lease_ms: leaseMs, given_up }, 'cut off from RabbitMQ: all claims given up');
    },
  });
  const hasRoom = () =>
    broker.isConnected() &&
    knowsRules() &&
    lease.isHeld() &&
    !sender.isOverloaded() &&
    countActive() < capacity &&
    board.size < MAX_CAPACITY;
  const jobs = createJobConsumer({
    nodeId,
    board,
    recent,
    scope,
    methods,
    wake,
    stateOf,
    isOver,
    portsLeft,
    hasRoom,
    report,
    onClaimed(claims) {
      claimed += claims;
      runner.pump();
    },
    onTraced: (taskId, traceparent) => traces.note(taskId, traceparent),
    drop: (claim) => runner.drop(claim, 'lease_lost'),
  });
  function tryAgain() {
    const isLate = ({ plan, started_time }: Claim) => started_time === undefined && isOver(plan);
    const returned = runner.handBack(isLate, 'TASK_HELD', 'its job may no longer begin');
    if (returned > 0) logger.info({ returned }, 'their jobs may no longer begin: claims that wait handed back');
    runner.pump();
    wake.wake();
  }

  const heartbeats = createHeartbeatSender({
    publisher,
    intervalMs: heartbeatIntervalMs,
    identity: { ...identity, capacity, pools: [...pools], methods: [...methods], version, contract: NODE_CONTRACT },
    now: () => ({
      status: draining ? 'draining' : runner.runningCount >= capacity ? 'busy' : 'online',
      running: runner.runningCount,
      current_tasks: toCurrentTasks(board.held(), sender.unconfirmed()),
    }),
    onConfirmed: lease.renew,
  });
  const control = createControlListener({
    broker,
    publisher,
    serverClock,
    tasks,
    excluded,
    runner,
    identity,
    logger,
    onChange: tryAgain,
    onSuperseded: () => void endSuperseded(),
  });
  const consumers = pools.map((pool) =>
    broker.createConsumer({
      queue: toJobQueue(pool),
      prefetch: JOBS_PER_POOL,
      handle: jobs.handle,
      async whenReady(stopping) {
        while (!stopping.aborted && !hasRoom()) await wake.wait();
      },
      publisher,
      logger,
    }),
  );

  /** In the order of their stop, after the consumers. */
  const parts = [control, lease, heartbeats, publisher, broker];

  async function drain() {
    heartbeats.beat();
    jobs.refuse();
    const taking = Promise.allSettled(consumers.map((consumer) => consumer.stop()));
    await runner.drain(drainTimeoutMs);
    await sender.finish(AbortSignal.timeout(CONFIRM_TIMEOUT_MS));
    jobs.abandon();
    await taking;
    for (const part of parts) {
      await part.stop().catch((err: unknown) => logger.warn({ err, part: part.name }, 'stopping failed'));
    }
    clock.stop();
  }

  /** The stop hands back the claims. */
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
    claimed,
    ...recent.outcomes,
    held: board.size,
    running: runner.runningCount,
    unconfirmed: sender.unconfirmedCount(),
  });
  if (metrics) addNodeMetrics(metrics, capacity, stats);

  let ready = false;
  const component = createComponent('scanner-node', {
    async start() {
      // Side by side: the queue of one pool may be missing for longer than that of another.
      const taking = createParallel('consumers', consumers);
      for (const part of [broker, publisher, control, lease, heartbeats, taking]) await part.start();
      ready = true;
      logger.info({ node_id: nodeId, instance_id: instanceId, pools, methods, capacity }, 'taking jobs');
    },
    stop: drain,
  });

  const node: ScannerNode = {
    ...component,
    start: () =>
      component.start().catch((error: unknown) => {
        throw draining ? new AppError('node_stopped', {}, { cause: error }) : error;
      }),
    stop() {
      draining = true;
      // A start that waits for the broker ends when the part that it waits for is stopped.
      if (!ready) for (const part of parts) void part.stop().catch(() => undefined);
      return component.stop();
    },
    instanceId,
    stats,
    check: () => broker.check(),
  };
  return node;
}
