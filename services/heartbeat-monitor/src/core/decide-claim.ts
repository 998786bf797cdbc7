/**
 * What becomes of a claim: a subtask that a node holds according to the database. Every claim that a monitor ends gets
 * its verdict here (I16, I18). In this order:
 * - `lost`: its process is gone. It costs no retry, however far the deadline is past.
 * - `put_off`: it is past its deadline, and waits for its paused or held task. It loses no time: its time starts again
 *   when the task is resumed.
 * - `timed_out`: it is past its deadline, and its process sent a heartbeat after it that still lists it. What a node no
 *   longer lists was reported: a report that is sent later is still in the queue before our update.
 * - `missing`: the list of its node has it no more, though a node lists everything whose report is not confirmed. After
 *   a heartbeat that arrives `graceMs` later it is lost as a zombie, unless its report may wait for an updater.
 * - `keep`: all else.
 */
import { MAX_CURRENT_TASKS, type Node, type ReassignCause, type SubTask, type Task } from '@cyberstroll/contracts';
import { findLivingRivals, isSilent, toDeadline } from '@cyberstroll/task-state';

/**
 * The last reports of a process may arrive after its goodbye, or after the first heartbeat of the next process: they
 * take another way, and an updater may be slow or stop. So its claims are not lost before this time.
 */
const LAST_REPORTS_MS = 5_000;

type DecidedClaim = Pick<SubTask, 'subtask_id' | 'assigned_instance' | 'started_time' | 'deadline' | 'updated_time'>;

type OpenTask = Pick<Task, 'status' | 'config' | 'resumed_time'> & { hold?: object };

export type Holder = Pick<
  Node,
  'node_id' | 'status' | 'instance_id' | 'last_seen' | 'said_goodbye' | 'former_instances' | 'rivals'
> & {
  /** What its present process lists; undefined if the list is full: then it says nothing about what is not in it. */
  listed: ReadonlySet<string> | undefined;
};

export const toHolder = <Read extends Omit<Holder, 'listed'> & Pick<Node, 'current_tasks'>>(node: Read) => ({
  ...node,
  listed:
    node.current_tasks.length < MAX_CURRENT_TASKS
      ? new Set(node.current_tasks.map(({ subtask_id }) => subtask_id))
      : undefined,
});

export interface ClaimFacts {
  /** Undefined if it never sent a heartbeat. */
  holder: Holder | undefined;
  /** Its node is silent, and the circuit breaker does not keep its work. */
  isLost: boolean;
  /** Undefined if it has ended. Asked for only where a claim is past its deadline and not begun. */
  task: OpenTask | undefined;
  /** When it was first found missing, if it was at the check before. */
  missingSince: Date | undefined;
}

export interface ClaimRules {
  /** Milliseconds of silence after which a process is gone. */
  timeoutMs: number;
  graceMs: number;
  /** Updates that were sent before this time are applied. */
  appliedUntil: Date;
}

export type ClaimVerdict =
  | { kind: 'keep' }
  | { kind: 'lost'; reason: ReassignCause }
  | { kind: 'put_off'; until: Date }
  | { kind: 'timed_out' }
  | { kind: 'missing'; since: Date };

const KEEP: ClaimVerdict = { kind: 'keep' };

export function decideClaim(claim: DecidedClaim, facts: ClaimFacts, rules: ClaimRules, now: Date): ClaimVerdict {
  const { holder, task, missingSince } = facts;
  const reason = findLoss(claim, facts, rules, now);
  if (reason) return { kind: 'lost', reason };
  if (!holder || isSilent(holder, now, rules.timeoutMs)) return KEEP;
  const { subtask_id, assigned_instance, started_time, deadline } = claim;
  const isMissing = isPresent(holder, assigned_instance) && holder.listed?.has(subtask_id) === false;
  if (deadline && deadline < rules.appliedUntil) {
    const until = started_time || !task ? undefined : toPutOff(task, now);
    if (until) return { kind: 'put_off', until };
    const seen = findLastHeard(holder, assigned_instance);
    if (!isMissing && seen && seen > deadline) return { kind: 'timed_out' };
  }
  if (!isMissing) return KEEP;
  const since = missingSince ?? now;
  const isZombie = since <= rules.appliedUntil && holder.last_seen.getTime() - since.getTime() >= rules.graceMs;
  return isZombie ? { kind: 'lost', reason: 'zombie' } : { kind: 'missing', since };
}

/** Why the process that made the claim is gone; undefined while it may live. */
function findLoss(
  { assigned_instance, updated_time }: DecidedClaim,
  { holder, isLost }: ClaimFacts,
  { timeoutMs }: ClaimRules,
  now: Date,
): ReassignCause | undefined {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const isUnreported = (ms: number) => updated_time < ago(ms);
  if (!holder) return isUnreported(timeoutMs) ? 'unheard' : undefined;
  if (assigned_instance && findLivingRivals(holder, now, timeoutMs).includes(assigned_instance)) return undefined;
  const isOfPresent = isPresent(holder, assigned_instance);
  const isKnown = isOfPresent || holder.former_instances?.includes(assigned_instance!);
  // An unknown process may be about to send its first heartbeat, so its claims get a whole timeout.
  if (!isKnown && !isUnreported(timeoutMs)) return undefined;
  if (holder.status === 'offline') {
    if (!holder.said_goodbye) return 'offline';
    return holder.last_seen <= ago(LAST_REPORTS_MS) ? 'left' : undefined;
  }
  if (isLost && isSilent(holder, now, timeoutMs)) return 'silent';
  return !isOfPresent && isUnreported(LAST_REPORTS_MS) ? 'restarted' : undefined;
}

type Processes = Pick<Node, 'node_id' | 'instance_id'>;

/**
 * Whether a claim may belong to the present process of its node. A claim that names no process may. Where heartbeats
 * name no process (contract 5.1 alone), claims are the node's.
 */
export const isPresent = (node: Processes, assignedInstance: string | null | undefined): boolean =>
  assignedInstance == null || assignedInstance === node.instance_id || node.instance_id === node.node_id;

/**
 * When the process that made a claim sent its last heartbeat. Undefined if that process is gone as far as we know: the
 * heartbeats of the node's next process say nothing about it. A former process that sent only one more heartbeat may
 * have ended: that heartbeat may have come late.
 */
function findLastHeard(holder: Holder, assignedInstance: string | undefined): Date | undefined {
  if (isPresent(holder, assignedInstance)) return holder.last_seen;
  const rival = holder.rivals?.find(({ instance_id }) => instance_id === assignedInstance);
  return rival && rival.last_seen > rival.since ? rival.last_seen : undefined;
}

/** The new deadline of a claim that has not started, if its task is paused or held, or was just resumed. */
function toPutOff({ status, config, resumed_time, hold }: OpenTask, now: Date): Date | undefined {
  const from = status === 'PAUSED' || hold ? now : resumed_time;
  const until = from && toDeadline(from, config);
  return until && until > now ? until : undefined;
}
