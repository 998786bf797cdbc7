import { isSilent, NODE_SILENT_AFTER_MS, type SubTask, type Task, type WaitingReason } from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask } from '@cyberstroll/state-machine';
import { type PoolState, toPoolState, type WaitingContext } from './pool-state';
import { toAgeText, toBlocked, toFleetBusy, toNotQueued, toPausedText, toReason } from './waiting-causes';

export type SubTaskFacts = Pick<
  SubTask,
  | 'status'
  | 'index'
  | 'created_time'
  | 'lease_id'
  | 'assigned_node'
  | 'assigned_time'
  | 'deadline'
  | 'next_retry_time'
  | 'retry_sent_time'
  | 'error_info'
>;

export interface SubTaskWaiting extends WaitingContext {
  task: Pick<Task, 'status' | 'status_history' | 'cursor' | 'config'>;
  subTask: SubTaskFacts;
}

/** Why a subtask does not go on, or undefined where a node that is heard scans it or it rests. */
export function toSubTaskWaitingReason({ task, subTask, ...around }: SubTaskWaiting): WaitingReason | undefined {
  if (isClosedSubTask(subTask.status)) return undefined;
  if (isEndedTask(task.status)) {
    return toReason('task_ended', `its task ended as ${task.status}; it is being cancelled`);
  }
  const isHeld = subTask.lease_id !== undefined;
  const silent = isHeld ? toHolderSilent(subTask, around) : undefined;
  if (silent) return silent;
  if (subTask.status === 'SCANNING') return undefined;
  if (task.status === 'PAUSED') return toReason('task_paused', `its task is ${toPausedText(task)}`);
  if (isHeld) return toHeld(subTask, around.now);
  const pool = toPoolState(task.config.pool, around);
  return subTask.status === 'RETRYING' ? toRetrying(subTask, pool, around) : toPending(task, subTask, pool, around);
}

/** The node that holds it is not heard, and `until` passed: the monitor takes it from there, later only while its breaker holds. */
function toHolderSilent({ assigned_node, assigned_time }: SubTaskFacts, { nodes, now }: WaitingContext) {
  const node = nodes.find(({ node_id }) => node_id === assigned_node);
  if (node && !isSilent(node, now)) return undefined;
  const heard = node ? `was last heard ${toAgeText(node.last_seen, now)} ago` : 'was never heard';
  const lastSign = node ? node.last_seen : assigned_time;
  const until = lastSign && new Date(lastSign.getTime() + NODE_SILENT_AFTER_MS);
  return toReason('node_silent', `node ${assigned_node} holds it and ${heard}; it will be taken from it`, until);
}

function toHeld({ assigned_node, assigned_time, deadline }: SubTaskFacts, now: Date): WaitingReason {
  const since = assigned_time ? ` for ${toAgeText(assigned_time, now)}` : '';
  return toReason(
    'assigned_waiting_slot',
    `node ${assigned_node} has held it${since} and not begun its scan`,
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
    const queue = `sent out; no node of pool "${pool.name}" has taken it from its queue yet`;
    return toReason('sent_to_queue', pool.isFull ? `${queue} (${toFleetBusy(pool).message})` : queue);
  }
  if (pool.isFull) return toFleetBusy(pool);
  return toReason('pending_dispatch', `the dispatcher has still to send it to pool "${pool.name}"`);
}

function toRetrying(subTask: SubTaskFacts, pool: PoolState, around: WaitingContext): WaitingReason {
  const { next_retry_time: next, retry_sent_time: sent, error_info } = subTask;
  const code = error_info?.error_code === 'OUT_OF_SCOPE' ? 'out_of_scope' : 'retry_backoff';
  const after = error_info ? `after ${error_info.error_code} ` : '';
  if (!sent && next && next > around.now) {
    return toReason(code, `its retry ${after}is due at ${next.toISOString()}`, next);
  }
  const blocked = toBlocked(pool, around);
  if (blocked) return blocked;
  if (!sent) return toReason(code, `its retry ${after}is due and about to be sent`, next);
  const again = next && next > around.now ? next : undefined;
  const lost = again ? `; if it was lost it is sent again after ${again.toISOString()}` : '';
  const message = `its retry ${after}was sent ${toAgeText(sent, around.now)} ago and no node of pool "${pool.name}" has taken it yet${lost}`;
  return toReason('retry_sent', pool.isFull ? `${message} (${toFleetBusy(pool).message})` : message, again);
}
