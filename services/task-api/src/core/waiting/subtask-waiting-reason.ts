import {
  NODE_SILENT_AFTER_MS,
  type SentenceText,
  type SubTask,
  type Task,
  toSentence,
  type WaitingReason,
} from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import { isSilent } from '@cyberstroll/task-state';
import { type FullLimit, toLimitReason } from './full-limit';
import { type PoolState, toPoolState, type WaitingContext } from './pool-state';
import { toAge, toBlocked, toFleetBusy, toHeld, toNotQueued, toPausedText, toReason } from './waiting-causes';

export type SubTaskFacts = Pick<
  SubTask,
  | 'status'
  | 'index'
  | 'created_time'
  | 'lease_id'
  | 'assigned_node'
  | 'assigned_time'
  | 'deadline'
  | 'retry_due_time'
  | 'retry_sent_time'
  | 'error_info'
>;

export interface SubTaskWaiting extends WaitingContext {
  task: Pick<Task, 'status' | 'status_history' | 'cursor' | 'config' | 'scan' | 'hold'>;
  subTask: SubTaskFacts;
  /** The limit that has no room for it now. */
  full?: FullLimit | undefined;
}

/** Why a subtask waits. Undefined if it is closed, or if a node that sends heartbeats scans it. */
export function toSubTaskWaitingReason({ task, subTask, full, ...around }: SubTaskWaiting): WaitingReason | undefined {
  if (isClosedSubTask(subTask.status)) return undefined;
  if (isEndedTask(task.status)) {
    return toReason('task_ended', toSentence('being_cancelled', { status: task.status }));
  }
  const isHeld = subTask.lease_id !== undefined;
  const silent = isHeld ? toHolderSilent(subTask, around) : undefined;
  if (silent) return silent;
  if (subTask.status === 'SCANNING') return undefined;
  if (task.status === 'PAUSED')
    return toReason('task_paused', toSentence('task_paused', { paused: toPausedText(task) }));
  if (task.hold) return toHeld(task.hold);
  if (isHeld) return toClaimed(subTask, around.now);
  const pool = toPoolState(task, around);
  const reason =
    subTask.status === 'RETRYING' ? toRetrying(subTask, pool, around) : toPending(task, subTask, pool, around);
  return full && isUnsent(task, subTask, around.now) && LIMITABLE.has(reason.code) ? toLimitReason(full) : reason;
}

/** It waits for its time no longer, and was not sent: what else keeps it is the limit. */
const LIMITABLE: ReadonlySet<WaitingReason['code']> = new Set(['pending_dispatch', 'retry_backoff', 'out_of_scope']);
const isUnsent = (task: SubTaskWaiting['task'], { status, index, ...subTask }: SubTaskFacts, now: Date): boolean =>
  status === 'RETRYING'
    ? !subTask.retry_sent_time && subTask.retry_due_time !== undefined && subTask.retry_due_time <= now
    : index >= task.cursor;

/**
 * Its node sends no heartbeats. After `until` heartbeat-monitor reassigns it, or later while the circuit breaker is
 * open.
 */
function toHolderSilent({ assigned_node, assigned_time }: SubTaskFacts, { nodes, now }: WaitingContext) {
  const node = nodes.find(({ node_id }) => node_id === assigned_node);
  if (node && !isSilent(node, now)) return undefined;
  const lastSign = node ? node.last_seen : assigned_time;
  const until = lastSign && new Date(lastSign.getTime() + NODE_SILENT_AFTER_MS);
  const holder = { node: String(assigned_node) };
  const message = node
    ? toSentence('holder_silent', { ...holder, silence_seconds: toAge(node.last_seen, now) })
    : toSentence('holder_unheard', holder);
  return toReason('node_silent', message, until);
}

function toClaimed({ assigned_node, assigned_time, deadline }: SubTaskFacts, now: Date): WaitingReason {
  const holder = { node: String(assigned_node) };
  const message = assigned_time
    ? toSentence('claimed_for', { ...holder, age_seconds: toAge(assigned_time, now) })
    : toSentence('claimed', holder);
  return toReason('assigned_waiting_slot', message, deadline);
}

function toPending(
  task: SubTaskWaiting['task'],
  subTask: SubTaskFacts,
  pool: PoolState,
  around: WaitingContext,
): WaitingReason {
  if (task.status === 'CREATED') return toNotQueued(subTask, around);
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  if (subTask.index < task.cursor) {
    return toReason('sent_to_queue', withPool(toSentence('not_taken', { pool: pool.name }), pool));
  }
  if (pool.isFull) return toFleetBusy(pool);
  return toReason('pending_dispatch', toSentence('not_sent', { pool: pool.name }));
}

function toRetrying(subTask: SubTaskFacts, pool: PoolState, around: WaitingContext): WaitingReason {
  const { retry_due_time: next, retry_sent_time: sent, error_info } = subTask;
  const code = error_info?.error_code === 'OUT_OF_SCOPE' ? 'out_of_scope' : 'retry_backoff';
  const after = error_info && { error_code: error_info.error_code };
  if (!sent && next && next > around.now) {
    const due = { due_time: next };
    const message = after ? toSentence('its_retry_due_after', { ...after, ...due }) : toSentence('its_retry_due', due);
    return toReason(code, message, next);
  }
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  if (!sent) {
    return toReason(code, after ? toSentence('its_retry_next_after', after) : toSentence('its_retry_next'), next);
  }
  const again = next && next > around.now ? next : undefined;
  const facts = { age_seconds: toAge(sent, around.now), pool: pool.name };
  const first = after
    ? toSentence('its_retry_sent_after', { ...after, ...facts })
    : toSentence('its_retry_sent', facts);
  const message = again ? toSentence('sent_again', { first, again_time: again }) : first;
  return toReason('retry_sent', withPool(message, pool), again);
}

const withPool = (first: SentenceText, pool: PoolState): SentenceText =>
  pool.isFull ? toSentence('pool_is_full', { first, pool: toFleetBusy(pool).message }) : first;
