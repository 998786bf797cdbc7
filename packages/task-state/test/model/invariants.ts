/**
 * The invariants, as facts that hold of each decision and of each state. An invariant that holds at first and through
 * each decision holds always.
 *
 * - I1 the buckets sum to the total, and I2 they are the recount. At each decision: it adds to the counters what the
 *   documents differ by. In each state of the task model: the audit finds no drift between counters and documents.
 * - I3 an attempt ends once. In each document, and at each decision: a closed subtask changes by a retry alone.
 * - I4 legal path. At each decision: its entries of the history are transitions of the machine, and a retry alone
 *   raises the attempt. At each write of the task by a roll-up.
 * - I5 accounting. At each decision: it has an outcome, and a document if and only if that is `applied`.
 * - I6 ack after commit. Not here: it is about deliveries. What was applied may arrive again at any time.
 * - I7 fence. At each decision: what changes a document names its attempt, and its lease if it has one.
 * - I8 idempotent. In each state of the subtask model: what was applied changes nothing when it arrives again.
 * - I11 live. In each state: an open subtask has a holder with a deadline, or a time for its retry. Both models: an
 *   end can be reached from each state.
 * - I12 task once. At each end that a roll-up writes, and at each decision: nothing begins after the end of its task.
 * - I14 no dead letter by an honest sender, and I16 losses are free. At each decision.
 */
import type { SubTask, TouchedCounts } from '@cyberstroll/contracts';
import { isClosedSubTask, isEndedTask, isHeldSubTask, subTaskTable } from '@cyberstroll/state-machine';
import type { IncomingUpdate, SubTaskCase, SubTaskDecision } from '../../src';
import { countOf } from './decisions';

type Decided = SubTaskCase & { incoming: IncomingUpdate; isHonest: boolean };

/** What is wrong with a decision about one update. */
export function findDecisionFault(
  { current, task, incoming: { sender, update }, isHonest, sent }: Decided,
  { results, next }: SubTaskDecision,
  counts: TouchedCounts,
): string | undefined {
  const outcome = results[0]?.outcome;
  const differences = countOf(next ?? current);
  for (const [bucket, count] of Object.entries(countOf(current))) differences[bucket as keyof TouchedCounts] -= count;
  for (const [bucket, count] of Object.entries(differences))
    if (counts[bucket as keyof TouchedCounts] !== count) return `I2: ${bucket} is not the recount`;

  if (outcome === undefined || (outcome === 'applied') !== (next !== undefined)) return 'I5: applied, and unchanged';
  if (isHonest && outcome === 'rejected') return `I14: a dead letter by an honest ${sender.operator ?? 'node'}`;
  if (!next) return undefined;

  const attempt = current?.attempt ?? 1;
  if (sender.operator === undefined && !current && !sent) return 'I7: a report of what was never sent';
  if (update.attempt !== attempt) return `I7: applied to another attempt than its own`;
  if (update.status !== 'RETRYING' && current?.lease_id !== undefined && update.lease_id !== current.lease_id) {
    return 'I7: applied under another lease';
  }
  let at = { status: current?.status ?? 'PENDING', attempt };
  for (const entry of next.status_history.slice(current?.status_history.length ?? 0)) {
    if (isClosedSubTask(at.status) && entry.status !== 'RETRYING') return `I3: ${at.status} became ${entry.status}`;
    if (!subTaskTable.allowedStatuses(at.status).includes(entry.status)) {
      return `I4: ${at.status} does not lead to ${entry.status}`;
    }
    if (entry.attempt !== at.attempt + (entry.status === 'RETRYING' ? 1 : 0)) return 'I4: the attempt does not fit';
    at = entry;
  }
  if (at.status !== next.status || at.attempt !== next.attempt) return 'I4: the history does not lead to the status';
  const isClaimed = next.lease_id !== undefined && current?.lease_id === undefined;
  if (isEndedTask(task.status) && (isClaimed || next.attempt > attempt)) return 'I12: begun after the end of its task';
  const retries = next.retry_count - (current?.retry_count ?? 0);
  if (update.error_info?.error_code === 'NODE_LOST' && retries > 0) return 'I16: a loss cost a retry';
  if (retries > 0 && update.status !== 'RETRYING' && next.retry_count > task.config.max_retries) {
    return 'more retries than max_retries';
  }
  return undefined;
}

/** What is wrong with a document that has the history of its present attempt. */
export function findSubTaskFault(subTask: SubTask): string | undefined {
  const { status, status_history, lease_id, deadline, assigned_node, retry_due_time } = subTask;
  if (status_history.filter((entry) => isClosedSubTask(entry.status)).length > 1) return 'I3: an attempt ended twice';
  const isHeld = lease_id !== undefined && deadline !== undefined && assigned_node !== undefined;
  const waits = status === 'RETRYING' && lease_id === undefined && retry_due_time !== undefined;
  const isOwned = isClosedSubTask(status) || isHeld || waits;
  if (!isOwned) return `I11: ${status}, and nobody looks after it`;
  return isHeldSubTask(status) && !isHeld ? `I11: ${status} without a holder` : undefined;
}
