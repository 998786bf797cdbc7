/**
 * The system under fault: two updaters, one of every other service, and the scanner nodes, all of them processes, if
 * not asked otherwise, with a recording node and recording subscribers beside them. `verify` waits until nothing of the
 * rig's tasks is on its way, and then runs the checker.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import type { ClusterNode } from '@cyberstroll/local';
import { confirmed, handedOver } from '@cyberstroll/messaging';
import type { ProgressWatch } from '@cyberstroll/testkit';
import { eventually, getEngineUrls } from '@cyberstroll/testkit';
import { writeLedger } from '../../bench/stack/write-ledger';
import type { CreateTask } from '../../e2e/api';
import { ROOT, startTestStack, type TestStack, type TestStackOptions } from '../../e2e/test-stack';
import { check, type Report } from '../checker/check';
import type { Evidence } from '../checker/evidence';
import { startBroker } from './broker';
import { type Begun, createCollector } from './collector';
import { type Database, openDatabase } from './database';
import { createFollower } from './follower';
import { createLedger, type Ledger } from './ledger';
import { createMessageCopy, type MessageCopy } from './message-copy';
import { type OpenRange, openRange } from './open-range';
import { createPublishedReader } from './published';
import { readMetric } from './read-metric';
import { type Recorded, recordPublishes } from './record-publishes';
import { createRecordingNode, RECORDED_POOL, type RecordingNode } from './recording-node';

/** Longer than a process of the rig may stand still on a busy machine: no node is lost that nobody has disturbed. */
export const HEARTBEAT_TIMEOUT_MS = 10_000;

/** Of a test or a hook with a whole system: it ends a wait that never ends, and shows nothing. */
export const MOST_MS = 900_000;
/** Longer than an engine or a process takes to be back, on a busy machine, too. */
export const BACK_WITHIN_MS = 300_000;
const SETTLED_WITHIN_MS = 300_000;
const READY_WITHIN_MS = 180_000;

const OUTCOMES = ['applied', 'duplicate', 'stale', 'rejected'] as const;
export type UpdateOutcome = (typeof OUTCOMES)[number];

export interface Rig extends TestStack {
  ledger: Ledger;
  database: Database;
  recorder: RecordingNode;
  /** Of the RabbitMQ cluster, where the rig was asked for one. */
  brokerNodes: readonly ClusterNode[];
  /** Resolves when any node of it could stop and leave every quorum queue with a majority. */
  whenBrokerWhole(): Promise<void>;
  /**
   * Of the broker by one address: connections of the rig's own know one alone. Services have the address of every node
   * of a cluster.
   */
  rabbitmqUrl: string;
  /** Management API of the broker, with credentials. */
  managementUrl: string;
  /** Every message of state updates since the start, where the rig was asked to keep them. */
  updates: MessageCopy | undefined;
  /** Where nodes that really scan write down their connections. */
  connectsDir: string;
  /** Where each process writes down what it publishes as state updates, and what of it the broker confirms. */
  recordsDir: string;
  /**
   * A task with a subscriber; verified in the end. `recorded` ones are the recording node's; `followed` ones have a
   * second subscriber, who connects again when it is cut off.
   */
  begin(
    task: CreateTask,
    options?: { recorded?: boolean; followed?: boolean },
  ): Promise<{ task_id: string; watch: ProgressWatch }>;
  /** A task over addresses that all have one port open; its results are verified too. Of a rig with a scanner. */
  beginScanned(): Promise<{ task_id: string }>;
  /**
   * Kills -9 one replica of a service, picked by `random` of those that run; resolves when it is dead. It is started
   * again.
   */
  killOne(name: string, random: () => number): Promise<void>;
  /** How often a replica of the service was ended by SIGKILL so far. */
  countKills(name: string): number;
  /** Resolves when every process answers that it is ready. */
  waitUntilReady(timeoutMs?: number): Promise<void>;
  /** Updates by what they came to, in the updaters that run now. */
  countOutcomes(): Promise<Record<UpdateOutcome, number>>;
  /**
   * Resolves with the checker's report when all tasks that were begun are settled, or were not in time. The next call
   * is about later ones.
   */
  verify(timeoutMs?: number): Promise<Report>;
  /** What `verify` checks. */
  collect(timeoutMs?: number): Promise<Evidence>;
  /** What was dead-lettered since the last `verify`. */
  readDeadLetters(): Promise<string[]>;
  /** From now on nobody asks for what was published so far. */
  forgetUpdates(): void;
  /** Ends every process at once, for a caller that is being ended itself. */
  kill(): Promise<void>;
}

/** Of the slow node, and of the others. */
export const SLOW_POOL = 'slow';
/** Of the node that really scans. */
const SCANNED_POOL = 'scanned';
/** Of two nodes that really scan: that one, and one whose wall clock is an hour ahead. */
export const RULED_POOL = 'ruled';
const CLOCK_AHEAD_MS = 3_600_000;

/** As compiled: the services are processes. */
const RECORDER = join(ROOT, 'test/dist/faults/rig/record-service.js');
const CONNECT_RECORDER = join(ROOT, 'test/dist/faults/rig/record-connects.js');

const RECORDED: Recorded = {
  exchanges: QUEUES.stateUpdates.exchanges,
  routingKey: QUEUES.stateUpdates.routingKey,
  handedOver: String(handedOver.name),
  confirmed: String(confirmed.name),
};

/** For faults of every service. */
export const PAIRS = {
  'task-api': 2,
  dispatcher: 2,
  'state-updater': 2,
  'heartbeat-monitor': 2,
  'retry-scheduler': 2,
  'progress-pusher': 2,
};
/** Where no fault asks for a second replica of another service: each is a process to start and to keep. */
const TWO_UPDATERS = { 'state-updater': 2 };

export async function startRig({
  ownEngines = false,
  start = startTestStack,
  nodes = 4,
  scanMs = 100,
  slowNodeMs,
  keepUpdates = false,
  scanned = 0,
  brokerNodes = 0,
  replicas = TWO_UPDATERS,
  serviceEnvironment = {},
  nodeEnvironment = {},
}: Pick<TestStackOptions, 'replicas' | 'serviceEnvironment'> & {
  ownEngines?: boolean;
  /** Starts the stack. Default: each service is a process. */
  start?: (options: TestStackOptions) => Promise<TestStack>;
  nodes?: number;
  scanMs?: number;
  /**
   * How long a scan lasts on `node-1`, which takes 256 at once, of `SLOW_POOL` alone: when something happens to it,
   * much is under way. The other nodes serve that pool too.
   */
  slowNodeMs?: number;
  /** Keeps a copy of all state updates, at the price of a second queue. */
  keepUpdates?: boolean;
  /** Addresses with an open port, for a node that really scans, in a pool of its own. */
  scanned?: number;
  /** Nodes of a RabbitMQ cluster that all is on instead of one broker. */
  brokerNodes?: number;
  /** Of every node that does not really scan. */
  nodeEnvironment?: Record<string, string>;
} = {}): Promise<Rig> {
  const node = { SCANNER: 'noop', CAPACITY: '32', HEARTBEAT_INTERVAL_MS: '1000', ...nodeEnvironment };
  const toNode = (_: unknown, i: number) => [
    `node-${i + 1}`,
    i === 0 && slowNodeMs !== undefined
      ? { ...node, SCAN_MS: String(slowNodeMs), CAPACITY: '256', POOLS: SLOW_POOL }
      : { ...node, SCAN_MS: String(scanMs), ...(slowNodeMs !== undefined && { POOLS: `default,${SLOW_POOL}` }) },
  ];
  const recordsDir = mkdtempSync(join(tmpdir(), 'cyberstroll-records-'));
  const connectsDir = mkdtempSync(join(tmpdir(), 'cyberstroll-connects-'));
  const scanner = {
    SCANNER: 'tcp',
    POOLS: `${SCANNED_POOL},${RULED_POOL}`,
    CAPACITY: '8',
    CONNECT_RECORDS: connectsDir,
    NODE_OPTIONS: `--require "${RECORDER}" --require "${CONNECT_RECORDER}"`,
    BANNER_TIMEOUT_MS: '1000',
    HEARTBEAT_INTERVAL_MS: node.HEARTBEAT_INTERVAL_MS,
  };
  const ahead = { ...scanner, POOLS: RULED_POOL, CLOCK_AHEAD_MS: String(CLOCK_AHEAD_MS) };
  const range: OpenRange | undefined = scanned > 0 ? await openRange(scanned) : undefined;
  const stopRecording = recordPublishes(join(recordsDir, 'rig.jsonl'), RECORDED);
  const broker = await startBroker(brokerNodes);
  const system = await start({
    replicas,
    nodes: {
      ...Object.fromEntries(Array.from({ length: nodes }, toNode)),
      ...(range && { scanner, 'scanner-ahead': ahead }),
    },
    ownEngines,
    environment: {
      ...broker.environment,
      PUBLISH_RECORDS: recordsDir,
      PUBLISH_RECORDED: JSON.stringify(RECORDED),
      NODE_OPTIONS: `--require "${RECORDER}"`,
    },
    serviceEnvironment: {
      ...serviceEnvironment,
      'heartbeat-monitor': {
        HEARTBEAT_TIMEOUT_MS: String(HEARTBEAT_TIMEOUT_MS),
        // The recording node does not list what it has reported, and an updater may apply that late.
        ZOMBIE_GRACE_MS: '120000',
        ...serviceEnvironment['heartbeat-monitor'],
      },
    },
    timing: { baseMs: 300, capMs: 1_000 },
  }).catch(async (error: unknown) => {
    await broker.end();
    throw error;
  });
  const { api, stack } = system;
  const { mongodb_uri, ...described } = stack.describe();
  const rabbitmqUrl = broker.url ?? described.rabbitmq_url;
  const ledger = createLedger(join(system.dir, 'ledger.jsonl'));
  const database = await openDatabase(mongodb_uri);
  const deadLetters = await createMessageCopy(rabbitmqUrl, {
    ...QUEUES.deadLetters,
    name: 'rig.dead-letters',
  });
  const updates = keepUpdates
    ? await createMessageCopy(rabbitmqUrl, { ...QUEUES.stateUpdates, name: 'rig.updates' })
    : undefined;
  const managementUrl = stack.engines?.rabbitmq_management_url ?? getEngineUrls().rabbitmq_management_url;
  const recorder = await createRecordingNode(described.rabbitmq_url, 'recorder');
  const published = createPublishedReader(recordsDir);
  let begun: Begun[] = [];
  const openPorts: Record<string, number[]> = {};
  const collectEvidence = createCollector({
    api,
    database,
    ledger,
    deadLetters,
    published,
    updates,
    rabbitmq_url: rabbitmqUrl,
    managementUrl,
  });

  async function collect(timeoutMs = SETTLED_WITHIN_MS): Promise<Evidence> {
    const tasks = begun;
    begun = [];
    return { ...(await collectEvidence(tasks, timeoutMs)), openPorts };
  }

  const begin: Rig['begin'] = async (task, { recorded = false, followed = false } = {}) => {
    const config = { ...task.config, ...(recorded && { pool: RECORDED_POOL }) };
    const { task_id, progress } = await api.createTask({ ...task, config });
    if (recorded) await writeLedger(mongodb_uri, task_id, progress.total_targets);
    const watch = await api.watch(task_id);
    const urls = system.find('progress-pusher').map(({ health_url }) => {
      return health_url.replace(/^http/, 'ws').replace('/readyz', '');
    });
    const key = stack.describe().api_key;
    const follower = followed ? createFollower(task_id, { urls, key, ledger }) : undefined;
    begun.push({ task_id, watch, follower });
    return { task_id, watch };
  };

  return {
    ...system,
    ledger,
    database,
    recorder,
    recordsDir,
    connectsDir,
    rabbitmqUrl,
    brokerNodes: broker.nodes,
    whenBrokerWhole: broker.whenWhole,
    managementUrl,
    updates,
    begin,
    async beginScanned() {
      if (!range) throw new Error('this rig has no scanner');
      const { task_target, port } = range;
      const task = await begin(
        { task_target, ports: String(port), config: { pool: SCANNED_POOL } },
        { followed: true },
      );
      openPorts[task.task_id] = [port];
      return task;
    },
    async killOne(name, random) {
      const alive = await eventually(() => {
        const found = system.find(name).filter(({ identity }) => identity !== undefined);
        return found.length > 0 && found;
      });
      const victim = alive[Math.floor(random() * alive.length)]!;
      const { pid } = victim.identity!;
      await victim.kill();
      await eventually(() => victim.identity?.pid !== pid);
    },
    countKills(name) {
      const log = readFileSync(join(system.dir, '.local/logs/supervisor.log'), 'utf8');
      return log.split('\n').filter((line) => line.includes(` ${name}-`) && line.includes('ended (SIGKILL)')).length;
    },
    waitUntilReady: (timeoutMs = READY_WITHIN_MS) =>
      eventually(
        async () => {
          for (const { instance, health_url } of stack.services) {
            const answer = await fetch(health_url, { signal: AbortSignal.timeout(10_000) });
            const { status } = (await answer.json()) as { status: string };
            if (status !== 'ok') throw new Error(`${instance} is not ready`);
          }
        },
        { timeoutMs },
      ),
    async countOutcomes() {
      const count = async (outcome: UpdateOutcome) => {
        const metric = 'cyberstroll_state_updates_total';
        const label = `outcome="${outcome}"`;
        const read = system.find('state-updater').map(({ health_url }) => readMetric(health_url, metric, label));
        return (await Promise.all(read)).flat().reduce((sum, one) => sum + one, 0);
      };
      const [applied, duplicate, stale, rejected] = await Promise.all(OUTCOMES.map(count));
      return { applied: applied!, duplicate: duplicate!, stale: stale!, rejected: rejected! };
    },
    verify: async (timeoutMs) => check(await collect(timeoutMs)),
    collect,
    readDeadLetters: () => deadLetters.read(),
    forgetUpdates() {
      updates?.forget();
      published.forget();
    },
    async kill() {
      await Promise.all([system.stack.kill(), broker.end()]);
    },
    async stop() {
      for (const { watch, follower } of begun) {
        watch.close();
        await follower?.stop();
      }
      await recorder.stop();
      await database.close();
      await system.stop();
      await broker.end();
      await range?.close();
      stopRecording();
      for (const dir of [recordsDir, connectsDir]) rmSync(dir, { recursive: true, force: true });
    },
  };
}
