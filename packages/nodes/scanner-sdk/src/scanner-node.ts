import { MAX_CAPACITY, methodSchema, nameSchema, poolSchema } from '@cyberstroll/contracts';
import {
  AppError,
  type Component,
  findNearest,
  type Logger,
  type Registry,
  type TlsMaterial,
} from '@cyberstroll/runtime';
import type { Scope } from '@cyberstroll/targets';
import type { ScanFunction } from './scans/scan-function';

export interface ScannerNodeOptions {
  /**
   * `amqp://user:password@host1:5672,host2:5672/vhost`, with one host or several of one cluster. The node starts at a
   * random host and takes the next one whenever it loses its connection.
   */
  rabbitmqUrl: string;
  /**
   * PEM texts `ca`, `cert` and `key` for an `amqps://` URL. `cert` is the login if the URL names no user. Default:
   * none.
   */
  tls?: TlsMaterial;
  /**
   * The node's name: the same after a restart, unique in the fleet. 1 to 100 letters, digits or `. _ : @ -`. Where the
   * server checks it (CHECK_NODE_USERS), it is the RabbitMQ user of the URL, or begins with it and a dot.
   */
  nodeId: string;
  /**
   * The pools whose jobs the node takes, each 1 to 50 lower-case letters, digits, `-` or `_`. Default: `['default']`.
   */
  pools?: readonly string[];
  /** Addresses scanned at once, 1 to `MAX_CAPACITY` (9,500): a heartbeat lists all that is held. */
  capacity: number;
  /** The networks that may be scanned. The node refuses any other address, whatever the jobs say. */
  scope: Scope;
  /** Scans one address. */
  scan: ScanFunction;
  /**
   * The methods that `scan` scans by; its target says which one is asked for. A job of any other method goes to another
   * node: `scan` is never called for it. Default: `['connect']`.
   */
  methods?: readonly string[];
  /**
   * Version of your program, at most 50 characters, shown by `cyberstroll node list`. Default: that of the SDK, such as
   * `typescript-sdk/0.1.0`.
   */
  version?: string;
  /** Any pino logger. Default: JSON lines on stdout, from level `info` on. */
  logger?: Logger;
  /** A prom-client registry to which the node adds its metrics. Default: none. */
  metrics?: Registry;
  /** Milliseconds between heartbeats. Default: 5,000. */
  heartbeatIntervalMs?: number;
  /**
   * Milliseconds that the node may hold its claims after the last heartbeat that the broker confirmed; then it gives
   * them all up. More than `heartbeatIntervalMs`, and no more than the server's HEARTBEAT_TIMEOUT_MS: after that time
   * others get the work. Default: 15,000.
   */
  leaseMs?: number;
  /**
   * RabbitMQ's `consumer_timeout` in milliseconds. A job that finds no free slot for five sixths of it goes back to the
   * queue, and the node takes no job until it has a slot. Default: 1,800,000, which is RabbitMQ's own.
   */
  consumerTimeoutMs?: number;
  /**
   * Milliseconds that updates are gathered before they are sent; a node with nothing left to do sends at once. While
   * few updates come, those for which no job waits are gathered four times as long. Default: 50.
   */
  flushMs?: number;
  /**
   * Milliseconds that running scans may take to end after `stop()`; then they are aborted and handed back. Default:
   * 5,000.
   */
  drainTimeoutMs?: number;
  /**
   * Called once if another live process with the same node id was there first, after this node has handed back what it
   * held and has stopped. Default: an unhandled rejection, so that the process ends with an error.
   */
  onSuperseded?: (error: AppError) => void;
}

/** Counts since the node was created, then what stands now. */
export interface NodeStats {
  /** Subtasks claimed. */
  claimed: number;
  /** Scans reported as COMPLETED, FAILED and TIMEOUT. */
  completed: number;
  failed: number;
  timed_out: number;
  /** Claims now. */
  held: number;
  /** Scans now; each belongs to a claim. */
  running: number;
  /** Claims with an update that the broker has not confirmed. */
  unconfirmed: number;
}

export interface ScannerNode extends Component {
  /** New for each node that is created, so that the server can see a restart under the same node id. */
  readonly instanceId: string;
  /**
   * Resolves when the node takes jobs; while RabbitMQ is unavailable, or no service has declared the queue of each of
   * its pools, it waits. Rejects with AppError conflict
   * `node_stopped` if the node was stopped.
   */
  start(): Promise<void>;
  /** Drains the node, and resolves when all is reported or there was no time left. */
  stop(): Promise<void>;
  stats(): NodeStats;
  /** Throws AppError transient `broker_unavailable` or `broker_blocked` while the node cannot publish. */
  check(): void;
}

/** All of them, so that a misspelled one is not ignored. */
const OPTIONS: Record<keyof ScannerNodeOptions, true> = {
  rabbitmqUrl: true,
  tls: true,
  nodeId: true,
  pools: true,
  capacity: true,
  scope: true,
  scan: true,
  methods: true,
  version: true,
  logger: true,
  metrics: true,
  heartbeatIntervalMs: true,
  leaseMs: true,
  consumerTimeoutMs: true,
  flushMs: true,
  drainTimeoutMs: true,
  onSuperseded: true,
};

/** Throws AppError invalid `bad_option`. */
export function refuseUnknown(options: Record<string, unknown>) {
  const [option] = Object.keys(options);
  if (option === undefined) return;
  const names = Object.keys(OPTIONS);
  const nearest = findNearest(option, names);
  const hint = nearest === undefined ? `there are ${names.join(', ')}` : `did you mean \`${nearest}\`?`;
  throw new AppError('bad_option', { detail: `unknown option \`${option}\`; ${hint}`, field: option });
}

/** Throws AppError invalid `bad_option`. */
export function checkOptions({
  nodeId,
  pools,
  methods,
  capacity,
  heartbeatIntervalMs,
  leaseMs,
}: {
  nodeId: string;
  pools: readonly string[];
  methods: readonly string[];
  capacity: number;
  heartbeatIntervalMs: number;
  leaseMs: number;
}) {
  check('nodeId', nameSchema.safeParse(nodeId).success, 'must be 1 to 100 letters, digits or . _ : @ -');
  check(
    'pools',
    pools.length > 0 && pools.every((pool) => poolSchema.safeParse(pool).success),
    'must be one or more names of 1 to 50 lower-case letters, digits, - or _',
  );
  check(
    'methods',
    methods.length > 0 && methods.every((method) => methodSchema.safeParse(method).success),
    'must be one or more names of 1 to 50 lower-case letters, digits, - or _',
  );
  check('leaseMs', leaseMs > heartbeatIntervalMs, `must be more than heartbeatIntervalMs, ${heartbeatIntervalMs}`);
  check(
    'capacity',
    Number.isInteger(capacity) && capacity >= 1 && capacity <= MAX_CAPACITY,
    `must be a whole number from 1 to ${MAX_CAPACITY}`,
  );
}

function check(option: string, isGood: boolean, limit: string): void {
  if (!isGood) throw new AppError('bad_option', { detail: `${option} ${limit}`, field: option });
}
