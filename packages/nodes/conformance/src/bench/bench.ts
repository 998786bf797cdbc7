/** The server as a node sees it: sends jobs and control, and knows all that the node has said. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Control,
  EXCHANGES,
  type Heartbeat,
  type Job,
  NODE_SILENT_AFTER_MS,
  QUEUES,
  type SubTaskUpdate,
  toJobQueue,
  toSubTaskId,
} from '@cyberstroll/contracts';
import { type ChannelModel, connect } from 'amqplib';
import { BrokenRule } from '../broken-rule';
import { createHosts } from './hosts';
import { createNodeProcess } from './node-process';
import { createTap, type Publish, type Tap } from './tap';

export const CAPACITY = 4;
const POOL = 'conformance';
const DEFAULT_WAIT_MS = 15_000;
const PATIENCE = 10;
const FINAL: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'TIMEOUT']);

/** An update, and the message that brought it. */
export type SeenUpdate = SubTaskUpdate & { instance_id?: string; publish: Publish };
export type SeenHeartbeat = Heartbeat & { publish: Publish };

export interface BenchOptions {
  command: string;
  brokerUrl: string;
  cwd: string;
  /** Shorter intervals, for nodes that obey HEARTBEAT_INTERVAL_MS and LEASE_MS. */
  quick: boolean;
  /** For a machine with much other work. */
  patient: boolean;
}

export type Bench = Awaited<ReturnType<typeof createBench>>;

export async function createBench({ command, brokerUrl, cwd, quick, patient }: BenchOptions) {
  const connection = await connect(brokerUrl, { timeout: 30_000 });
  connection.on('error', () => {});
  await refuseUsed(connection);
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  for (const { name, type } of Object.values(EXCHANGES)) await channel.assertExchange(name, type);
  for (const queue of Object.values(QUEUES)) {
    await channel.assertQueue(queue.name, { arguments: queue.arguments });
    for (const exchange of queue.exchanges) await channel.bindQueue(queue.name, exchange, queue.routingKey);
    await channel.consume(queue.name, () => {}, { noAck: true });
  }
  // As a server does that knows the pool. A node that declares it with other arguments is refused.
  await channel.assertQueue(JOB_QUEUE.name, { arguments: JOB_QUEUE.arguments });
  await channel.bindQueue(JOB_QUEUE.name, EXCHANGES.jobs.name, POOL);
  const hosts = await createHosts();
  const tap = await createTap(brokerUrl);
  const node = createNodeProcess(command, cwd);
  const nodeId = `conformance-${randomBytes(4).toString('hex')}`;
  const intervalMs = quick ? 1_000 : 5_000;
  const leaseMs = quick && !patient ? 5_000 : NODE_SILENT_AFTER_MS;
  const drainMs = 2_000;
  const read = createReader(tap);

  const repeating = setInterval(() => {
    const { repeats, withinMs, jobsSince: jobs_since, serverNow } = bench;
    const said = { within_ms: withinMs, server_time: serverNow(), ...(jobs_since !== undefined && { jobs_since }) };
    if (repeats) bench.sendControl({ state: 'repeated', ...said });
  }, 500);

  const bench = {
    quick,
    patient,
    nodeId,
    intervalMs,
    leaseMs,
    drainMs,
    tap,
    hosts,
    node,
    /** The channel of the server's side. */
    channel,
    /** Whether `repeated` is sent, as a dispatcher does. */
    repeats: true,
    /** Within how many milliseconds all was repeated. */
    withinMs: 0,
    /** Jobs from before this time may not begin. */
    jobsSince: undefined as number | undefined,
    /** By how much the clock of the server is ahead of the node's. */
    clockAheadMs: 3_600_000,
    serverNow: (): number => Date.now() + bench.clockAheadMs,
    /** Starts the node, and waits for its first heartbeat. */
    async startNode(): Promise<SeenHeartbeat> {
      const before = tap.publishes.length;
      node.start({
        RABBITMQ_URL: tap.url,
        NODE_ID: nodeId,
        POOLS: POOL,
        CAPACITY: String(CAPACITY),
        SCAN_SCOPE: '127.0.0.0/8',
        CONNECT_TIMEOUT_MS: '1000',
        PORT_CONCURRENCY: '1',
        DRAIN_TIMEOUT_MS: String(drainMs),
        ...(quick && { HEARTBEAT_INTERVAL_MS: String(intervalMs), LEASE_MS: String(leaseMs) }),
      });
      const findFirst = () => bench.heartbeats().find(({ publish }) => tap.publishes.indexOf(publish) >= before);
      const first = await bench.waitFor('a first heartbeat', () => findFirst() ?? (node.hasEnded && 'none'), 20_000);
      if (first !== 'none') return first;
      const end = await node.ended;
      throw new BrokenRule(
        `the program ended at once, ${typeof end === 'number' ? `with exit code ${end}` : `by ${end}`}`,
      );
    },
    /** A job for open hosts, silent hosts (a scan takes `seconds`) or addresses where nothing listens. */
    createJob(
      on: 'open' | 'silent' | 'closed',
      count: number,
      { seconds = 1, ...overrides }: Partial<Job> & { seconds?: number } = {},
    ): Job {
      const task_id = overrides.task_id ?? randomBytes(12).toString('hex');
      const toIp = {
        open: (i: number) => hosts.open[i]!,
        silent: (i: number) => hosts.silent[i]!,
        closed: hosts.toClosed,
      };
      const ports = on === 'silent' ? hosts.silentPorts.slice(0, seconds) : [hosts.openPort, hosts.closedPort];
      return {
        contract: 1,
        job_id: randomUUID(),
        task_id,
        scan: { ports: ports.join(','), method: 'connect' },
        subtask_timeout: 60,
        subtasks: Array.from({ length: count }, (_, i) => ({
          subtask_id: toSubTaskId(task_id, i),
          ip: toIp[on](i),
          attempt: 1,
        })),
        ...overrides,
      };
    },
    sendJob(job: Job | Buffer, headers: Record<string, string> = {}): void {
      const body = Buffer.isBuffer(job) ? job : Buffer.from(JSON.stringify(job));
      channel.publish(EXCHANGES.jobs.name, POOL, body, { persistent: true, headers });
    },
    sendControl: (control: Control | Record<string, unknown>): void =>
      void channel.publish(EXCHANGES.control.name, '', Buffer.from(JSON.stringify(control)), { persistent: true }),
    /** Updates that the broker has, of a task or of all, in their order. */
    updates: (taskId?: string): SeenUpdate[] =>
      read.updates().filter(({ task_id, publish }) => publish.confirmed && (!taskId || task_id === taskId)),
    /** The final updates of a job, by the attempt of the job. */
    finals: (job: Job): SeenUpdate[] =>
      bench
        .updates(job.task_id)
        .filter(({ status, attempt }) => FINAL.has(status) && attempt === job.subtasks[0]!.attempt),
    /** Those that are confirmed, or all. */
    heartbeats: ({ unconfirmed }: { unconfirmed: boolean } = { unconfirmed: false }): SeenHeartbeat[] =>
      read.heartbeats().filter(({ publish }) => unconfirmed || publish.confirmed),
    /** The newest. */
    heartbeat: (): SeenHeartbeat | undefined => bench.heartbeats().at(-1),
    /** Waits for a heartbeat that was sent from now on. */
    nextHeartbeat(): Promise<SeenHeartbeat> {
      const now = Date.now();
      return bench.waitFor('a heartbeat', () => bench.heartbeats().find(({ publish }) => publish.at > now));
    },
    /**
     * Gives the node time to act on what it was sent: this many milliseconds, and if patient two more of its
     * heartbeats.
     */
    async settle(ms: number): Promise<void> {
      await delay(ms);
      for (let heartbeats = 0; patient && heartbeats < 2; heartbeats++) await bench.nextHeartbeat();
    },
    /** Sends a control message, and resolves when the node has had time to act on it. */
    async controlNode(control: Control, ms: number): Promise<void> {
      const before = tap.deliveries.length;
      bench.sendControl(control);
      const body = Buffer.from(JSON.stringify(control));
      const isDelivered = () => tap.deliveries.slice(before).some((each) => each.body.equals(body));
      await bench.waitFor('the delivery of a control message', isDelivered);
      await bench.settle(ms);
    },
    /** Waits for `find` to give something. Throws a BrokenRule that names `what`. */
    async waitFor<T>(what: string, find: () => T | undefined | false, limitMs = DEFAULT_WAIT_MS): Promise<T> {
      const timeoutMs = patient ? PATIENCE * limitMs : limitMs;
      const until = Date.now() + timeoutMs;
      for (;;) {
        const found = find();
        if (found) return found;
        if (Date.now() > until) throw new BrokenRule(`not seen within ${timeoutMs / 1_000} s: ${what}`);
        await delay(25);
      }
    },
    /** Waits until every subtask of the job has a final update. */
    waitForEnd(job: Job, timeoutMs?: number): Promise<SeenUpdate[]> {
      return bench.waitFor(
        `a result of each of ${job.subtasks.length} subtasks`,
        () => {
          const finals = bench.finals(job);
          return new Set(finals.map(({ subtask_id }) => subtask_id)).size === job.subtasks.length && finals;
        },
        timeoutMs,
      );
    },
    /** Waits until every subtask of the job was claimed, or more. */
    waitForClaim(job: Job, count: number = job.subtasks.length): Promise<SeenUpdate[]> {
      const { attempt } = job.subtasks[0]!;
      return bench.waitFor(`a claim of ${count} subtasks`, () => {
        const claims = bench.updates(job.task_id).filter((update) => update.attempt === attempt);
        return new Set(claims.map(({ subtask_id }) => subtask_id)).size >= count && claims;
      });
    },
    /** The deliveries of a job, by its task. */
    deliveries: (job: Job): Tap['deliveries'] =>
      tap.deliveries.filter(({ body }) => body.includes(`"${job.task_id}"`)).filter(isJob),
    async waitForAck(job: Job, times = 1): Promise<void> {
      await bench.waitFor(
        'an ack of the job',
        () => bench.deliveries(job).filter(({ settled }) => settled?.how === 'ack').length >= times,
      );
    },
    /** After a broken rule: a fresh process, and nothing of the former work. */
    async startAfresh(): Promise<void> {
      tap.losesAcks = false;
      tap.restore();
      tap.resume();
      bench.repeats = true;
      bench.withinMs = 0;
      await node.kill();
      await delay(100);
      await channel.purgeQueue(JOB_QUEUE.name);
      await bench.startNode();
    },
    async close(): Promise<void> {
      clearInterval(repeating);
      await node.kill();
      await tap.close();
      await hosts.close();
      for (const name of [JOB_QUEUE.name, ...Object.values(QUEUES).map((queue) => queue.name)]) {
        await channel.deleteQueue(name).catch(() => {});
      }
      for (const { name } of Object.values(EXCHANGES)) await channel.deleteExchange(name).catch(() => {});
      await connection.close().catch(() => {});
    },
  };
  return bench;
}

const isJob = ({ queueKey }: { queueKey: string }) => queueKey.startsWith(`${EXCHANGES.jobs.name} `);

/** The queue of the node's pool. */
export const JOB_QUEUE = toJobQueue(POOL);

async function refuseUsed(connection: ChannelModel): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  const isUsed = await channel.checkExchange(EXCHANGES.jobs.name).then(
    () => true,
    () => false,
  );
  if (!isUsed) return;
  await channel.close();
  await connection.close();
  throw new Error(`this RabbitMQ has ${EXCHANGES.jobs.name} already: name a vhost in which nothing runs`);
}

/** Each message is parsed once. What cannot be read is left out here, and checked by the rules over all messages. */
function createReader(tap: Tap) {
  const updates: SeenUpdate[] = [];
  const heartbeats: SeenHeartbeat[] = [];
  let readUpTo = 0;
  const readOn = () => {
    for (; readUpTo < tap.publishes.length; readUpTo++) {
      const publish = tap.publishes[readUpTo]!;
      const body = toObject(publish.body);
      if (publish.exchange === EXCHANGES.heartbeats.name && Array.isArray(body['current_tasks'])) {
        heartbeats.push({ ...(body as unknown as Heartbeat), publish });
      } else if (publish.exchange === EXCHANGES.state.name && Array.isArray(body['updates'])) {
        const instance_id = String(body['instance_id']);
        for (const update of body['updates'] as SubTaskUpdate[]) updates.push({ ...update, instance_id, publish });
      }
    }
  };
  return {
    updates() {
      readOn();
      return updates;
    },
    heartbeats() {
      readOn();
      return heartbeats;
    },
  };
}

function toObject(body: Buffer): Record<string, unknown> {
  try {
    return (JSON.parse(body.toString('utf8')) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
