import {
  type DeadLetterReason,
  LEASE_REQUIRED,
  type SubTask,
  type SubTaskUpdate,
  toSentence,
} from '@cyberstroll/contracts';
import {
  impliedSubTaskTransitions,
  isClosedSubTask,
  isEndedTask,
  isHeldSubTask,
  type SubTaskStatus,
  subTaskTable,
  type TaskStatus,
} from '@cyberstroll/state-machine';
import type { IncomingUpdate, UpdateResult } from './incoming-update';

const STALE: UpdateResult = { outcome: 'stale' };
const DUPLICATE: UpdateResult = { outcome: 'duplicate' };
const rejected = (reason: DeadLetterReason, detail: string): UpdateResult => ({ outcome: 'rejected', reason, detail });

/**
 * Why an update changes nothing; undefined if it changes something. This is the fence. It checks the attempt first,
 * then the lease, then whether the machine has a way to the new status.
 *
 * A late report under its own lease is stale, and not an error, if something else ended the attempt before. So is a
 * service update about an attempt that is closed already. Only a node that ends its own attempt twice causes
 * a dead letter.
 */
export function refuseUpdate(
  { sender, update }: IncomingUpdate,
  subTask: SubTask | undefined,
  taskStatus: TaskStatus,
  ip: string,
  isSent: boolean,
): UpdateResult | undefined {
  if (update.ip !== undefined && update.ip !== ip) {
    return rejected(
      'outside_target_set',
      toSentence('other_address', { ip: update.ip, subtask_id: update.subtask_id, right: ip }),
    );
  }
  if (!sender.operator && (update.status === 'RETRYING' || update.status === 'CANCELLED')) {
    return rejected('not_allowed', toSentence('not_a_nodes_status', { status: update.status }));
  }
  if (!sender.operator && update.lease_id === undefined) {
    return rejected('no_lease', LEASE_REQUIRED);
  }
  if (!sender.operator && !subTask && !isSent) {
    const detail = toSentence('never_sent_out', { subtask_id: update.subtask_id });
    return rejected('never_sent', detail);
  }
  const attempt = subTask?.attempt ?? 1;
  if (update.attempt > attempt) {
    return rejected('unknown_attempt', toSentence('attempt_never_sent', { attempt: update.attempt, present: attempt }));
  }
  if (update.attempt < attempt) return STALE;
  // An open attempt that no node holds has no deadline, and no sweep would ever find it.
  const isClaim = sender.node_id !== undefined && update.lease_id !== undefined;
  if (isHeldSubTask(update.status) && subTask?.lease_id === undefined && !isClaim) {
    return rejected('no_lease', toSentence('held_by_no_node', { status: update.status }));
  }
  if (!subTask) return isEndedTask(taskStatus) ? STALE : refuseTransition('PENDING', update);

  if (update.status === 'RETRYING') return isEndedTask(taskStatus) ? STALE : refuseTransition(subTask.status, update);
  if (update.lease_id !== subTask.lease_id) {
    if (subTask.lease_id !== undefined || !isClaim || isEndedTask(taskStatus)) return STALE;
  }
  if (subTask.status === 'RETRYING' && update.status === 'ASSIGNED') return subTask.lease_id ? DUPLICATE : undefined;
  if (isClosedSubTask(subTask.status) && subTask.status !== update.status && !isOlderNews(subTask.status, update)) {
    // A service reports for nodes that cannot report. Its second report about a closed attempt is late, whoever
    // closed it, and is not a fault.
    const closedBy = subTask.status_history.at(-1)?.operator;
    if (sender.operator !== undefined || closedBy !== sender.node_id) return STALE;
  }
  return refuseTransition(subTask.status, update);
}

const isOlderNews = (at: SubTaskStatus, update: SubTaskUpdate) =>
  impliedSubTaskTransitions(update.status, at) !== undefined;

function refuseTransition(at: SubTaskStatus, update: SubTaskUpdate): UpdateResult | undefined {
  if (at === update.status) return DUPLICATE;
  if (update.status === 'RETRYING' ? subTaskTable.next(at, 'RETRY') : impliedSubTaskTransitions(at, update.status))
    return undefined;
  if (isOlderNews(at, update)) return DUPLICATE;
  return rejected('illegal_transition', toSentence('no_way', { from: at, to: update.status }));
}
