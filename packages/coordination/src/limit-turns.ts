import type { Covers, Limit } from '@cyberstroll/contracts';
import { hasNumbers, type LimitedTask, type Store } from '@cyberstroll/store';
import { createHeadroom, findCovering, type Headroom, isWindowOpen } from '@cyberstroll/task-state';

/** The one turn that there is: nobody else sends limited work until its end. */
export interface LimitTurn {
  headroom: Headroom;
  /** Writes down what will be sent, before it is written anywhere else or sent. */
  commit(): Promise<void>;
  /** Milliseconds for which the turn is ours for sure, at 0 or below no longer. */
  leftMs(): number;
  end(): Promise<void>;
}

export type LimitTurns = ReturnType<typeof createLimitTurns>;

/** The lease of the turn. One for all limits: a task may be under several, and its room is the tightest of all. */
const LEASE = 'limits';
/** A turn is tens of milliseconds long. A sender that dies in its turn keeps the others waiting for this long. */
const TURN_LEASE_MS = 10_000;
/** Part of the lease's time that is left for the last write. */
const SPARE = 0.1;
/** The limits are read this often, and which tasks have something out that was sent before a limit covered them. */
const READ_MS = 1_000;

interface Known {
  limits: readonly Limit[];
  moving?: readonly string[];
  /** By task: whether a limit on a label or a network covers it. */
  covered: Map<string, boolean>;
  readAtMs: number;
}

const isReadFrom = ({ label, network }: Covers): boolean => label !== undefined || network !== undefined;

/**
 * Dispatchers take turns with limited work, since several of them may have tasks under one limit. In its turn one
 * reads the counters afresh, writes down what it will send, and sends it. Without a limit this costs a read of
 * an empty collection a second.
 */
export function createLimitTurns(
  { limits, leases, getTime }: Pick<Store, 'limits' | 'leases' | 'getTime'>,
  { leaseMs = TURN_LEASE_MS, now: clock = () => performance.now() } = {},
) {
  let known: Known | undefined;
  /** The sweeps of one process have the same lease: until then none of them takes it. */
  let busyUntilMs = 0;

  async function readLimits(): Promise<Known> {
    if (known && clock() - known.readAtMs < READ_MS) return known;
    const readAtMs = clock();
    known = { limits: await limits.findAll(), covered: new Map(), readAtMs };
    return known;
  }

  async function readMoving(): Promise<Known> {
    const read = await readLimits();
    if (read.limits.length > 0) read.moving ??= await limits.findMoving();
    return read;
  }

  /** Those of these tasks that limits on labels and networks cover: a task's labels may change. */
  async function findRead(read: Known, inForce: readonly Limit[], taskIds: readonly string[]): Promise<void> {
    const rules = inForce.filter(({ covers }) => isReadFrom(covers));
    const unknown = rules.length > 0 ? taskIds.filter((taskId) => !read.covered.has(taskId)) : [];
    if (unknown.length === 0) return;
    for (const taskId of unknown) read.covered.set(taskId, false);
    for (const task of await limits.findFacts(unknown)) {
      read.covered.set(task.task_id, findCovering(rules, task).length > 0);
    }
  }

  return {
    /** Those of these tasks that a limit covers now. A new limit, and a new label of a task, count within a second. */
    async findLimited(tasks: readonly LimitedTask[], now: Date): Promise<Set<string>> {
      const read = await readLimits();
      const inForce = read.limits.filter(({ windows }) => isWindowOpen(windows, now));
      await findRead(
        read,
        inForce,
        tasks.map(({ task_id }) => task_id),
      );
      const isLimited = ({ task_id, config }: LimitedTask) =>
        hasNumbers(config) ||
        read.covered.get(task_id) === true ||
        inForce.some(({ covers }) => covers.all || covers.pool === config.pool);
      return new Set(tasks.filter(isLimited).map(({ task_id }) => task_id));
    },
    /** A turn with room for these tasks. Undefined while another sender has its turn. */
    async take(tasks: readonly LimitedTask[]): Promise<LimitTurn | undefined> {
      const askedAtMs = clock();
      if (askedAtMs < busyUntilMs) return undefined;
      busyUntilMs = Number.POSITIVE_INFINITY;
      const end = async () => {
        // A release that was not acked may still arrive. It must end no later turn of this process.
        const isReleased = await leases.renewAll([LEASE], 0).then(
          () => true,
          () => false,
        );
        busyUntilMs = isReleased ? 0 : askedAtMs + leaseMs;
      };
      try {
        if (!(await leases.acquireAll([LEASE], leaseMs)).has(LEASE)) {
          busyUntilMs = 0;
          return undefined;
        }
        // Senders on several machines share a pace.
        const now = await getTime();
        const headroom = createHeadroom(await limits.findStanding(tasks, now, await readMoving()), now);
        return {
          headroom,
          commit: () => limits.writeStates(headroom.toStates(), now),
          leftMs: () => leaseMs * (1 - SPARE) - (clock() - askedAtMs),
          end,
        };
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}
