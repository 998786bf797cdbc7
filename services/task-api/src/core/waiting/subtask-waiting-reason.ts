import { NODE_SILENT_AFTER_MS, type SubTask, type Task, type WaitingReason } from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import { isSilent } from '@cyberstroll/task-state';
import { type FullLimit, toLimitReason } from './full-limit';
import { type PoolState, toPoolState, type WaitingContext } from './pool-state';
import { toAgeText, toBlocked, toFleetBusy, toHeld, toNotQueued, toPausedText, toReason } from './waiting-causes';

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
    return toReason('task_ended', `its task ended as ${task.status}; the subtask is being cancelled`);
  }
  const isHeld = subTask.lease_id !== undefined;
  const silent = isHeld ? toHolderSilent(subTask, around) : undefined;
  if (silent) return silent;
  if (subTask.status === 'SCANNING') return undefined;
  if (task.status === 'PAUSED') return toReason('task_paused', `its task is ${toPausedText(task)}`);
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
  const heard = node ? `sent its last heartbeat ${toAgeText(node.last_seen, now)} ago` : 'never sent a heartbeat';
  const lastSign = node ? node.last_seen : assigned_time;
  const until = lastSign && new Date(lastSign.getTime() + NODE_SILENT_AFTER_MS);
  return toReason(
    'node_silent',
    `node ${assigned_node} holds the subtask and ${heard}; the subtask will be reassigned`,
    until,
  );
}

function toClaimed({ assigned_node, assigned_time, deadline }: SubTaskFacts, now: Date): WaitingReason {
  const since = assigned_time ? ` for ${toAgeText(assigned_time, now)}` : '';
  return toReason(
    'assigned_waiting_slot',
    `node ${assigned_node} has held the subtask${since} and has not started the scan`,
    deadline,
  );
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
    const queue = `sent to the queue of pool "${pool.name}"; no node has taken it yet`;
    return toReason('sent_to_queue', pool.isFull ? `${queue} (${toFleetBusy(pool).message})` : queue);
  }
  if (pool.isFull) return toFleetBusy(pool);
  return toReason('pending_dispatch', `the dispatcher has not sent it to pool "${pool.name}" yet`);
}

function toRetrying(subTask: SubTaskFacts, pool: PoolState, around: WaitingContext): WaitingReason {
  const { retry_due_time: next, retry_sent_time: sent, error_info } = subTask;
  const code = error_info?.error_code === 'OUT_OF_SCOPE' ? 'out_of_scope' : 'retry_backoff';
  const after = error_info ? `after ${error_info.error_code} ` : '';
  if (!sent && next && next > around.now) {
    return toReason(code, `its retry ${after}is due at ${next.toISOString()}`, next);
  }
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  if (!sent) return toReason(code, `its retry ${after}is due and will be sent as soon as the queue has room`, next);
  const again = next && next > around.now ? next : undefined;
  const lost = again ? `; it is sent again after ${again.toISOString()} if it was lost` : '';
  const message =
    `its retry ${after}was sent ${toAgeText(sent, around.now)} ago; no node of pool "${pool.name}" has taken it ` +
    `yet${lost}`;
  return toReason('retry_sent', pool.isFull ? `${message} (${toFleetBusy(pool).message})` : message, again);
}
