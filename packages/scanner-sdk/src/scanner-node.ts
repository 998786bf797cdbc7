import { MAX_CAPACITY, nameSchema, poolSchema } from '@cyberstroll/contracts';
import { AppError, type Component, type Logger, type Registry, type TlsMaterial } from '@cyberstroll/runtime';
import type { Scope } from '@cyberstroll/targets';
import type { ScanFunction } from './scans/scan-function';

export interface ScannerNodeOptions {
  /** `amqp://user:password@host1:5672,host2:5672/vhost`: one host, or several nodes of one cluster. */
  rabbitmqUrl: string;
  /** For an `amqps://` URL. Its certificate is the login where the URL names no user. */
  tls?: TlsMaterial;
  /** False where the RabbitMQ user may declare job queues only: it waits until a service has declared the rest. */
  declares?: boolean;
  /** The node's name: the same after a restart, unique in the fleet. */
  nodeId: string;
  /** Whose jobs it takes. */
  pools?: readonly string[];
  /** Addresses scanned at once; 9,000 at most, since a heartbeat lists all that is held. */
  capacity: number;
  /** What may be scanned; anything else is refused, whatever the jobs say. */
  scope: Scope;
  scan: ScanFunction;
  version?: string;
  logger: Logger;
  /** Gets what the node tells of itself. */
  metrics?: Registry;
  heartbeatIntervalMs?: number;
  /**
   * How long it may hold what it has claimed without a heartbeat that the broker has confirmed; then it gives all up. No
   * longer than the server waits before it gives a silent node's work to others.
   */
  leaseMs?: number;
  /**
   * `consumer_timeout` of RabbitMQ, where it is not the default of 30 min. A job that finds no free slot for five sixths of it goes back
   * to the queue, and the node takes none until it has a slot.
   */
  consumerTimeoutMs?: number;
  /** How long updates are gathered, unless there is nothing left to do. */
  flushMs?: number;
  /** How long running scans may go on once the node stops. */
  drainTimeoutMs?: number;
  /**
   * Another process runs under the same node id and was there before this one. Called once, when this node has handed back what it held
   * and has stopped. Default: a rejection that nobody handles, so that the process ends with an error.
   */
  onSuperseded?: (error: AppError) => void;
}

export interface NodeStats {
  claimed: number;
  completed: number;
  failed: number;
  timed_out: number;
  /** Held now, and of these the ones that run. */
  held: number;
  running: number;
  /** Claims of which the broker has not confirmed something. */
  unconfirmed: number;
}

export interface ScannerNode extends Component {
  readonly instanceId: string;
  stats(): NodeStats;
  /** Throws AppError transient while the broker is away. */
  check(): void;
}

export function checkOptions({
  nodeId,
  pools,
  capacity,
  heartbeatIntervalMs,
  leaseMs,
}: {
  nodeId: string;
  pools: readonly string[];
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
