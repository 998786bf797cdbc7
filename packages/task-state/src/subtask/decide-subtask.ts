/**
 * What a subtask becomes when updates arrive for it: plain data in, plain data out. This keeps the promises of
 * contract 4.2 and of the fence:
 * - An update of an older attempt changes nothing (`stale`). Nor does one under another lease than the one that holds
 *   the attempt.
 * - Within an attempt the status only moves forward. A repeated or late report is a `duplicate`.
 * - The transitions that an update implies are made one by one. Each is an arrow of the machine, and each is in the
 *   history.
 * - A failure that is to be retried moves to RETRYING, the next attempt, in the same decision.
 */

import type { SubTask, SubTaskTransition, TaskConfig } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { foldHistory } from '../history';
import { advanceSubTask } from './advance-subtask';
import { refuseUpdate } from './fence';
import type { IncomingUpdate, UpdateResult } from './incoming-update';
import { toNewDocument } from './new-subtask';

export interface SubTaskCase {
  /** The store's key for a new document. */
  _id?: unknown;
  task: { task_id: string; status: TaskStatus; config: TaskConfig };
  index: number;
  /** The address at `index` of the task's target set. */
  ip: string;
  current: SubTask | undefined;
  /** For a subtask without a document: when the job that named it was first sent. Undefined if it was never sent. */
  sent: Date | undefined;
  updates: readonly IncomingUpdate[];
  now: Date;
  random: () => number;
}

export interface SubTaskDecision {
  results: UpdateResult[];
  /** The document to write. A new one begins with its `_id`. Undefined if nothing changes. */
  next: SubTask | undefined;
  /** In order. */
  transitions: SubTaskTransition[];
  /** The number of applied updates with impossible times. */
  implausible: number;
}

export function decideSubTask(given: SubTaskCase): SubTaskDecision {
  const { _id, task, index, ip, current, sent, now } = given;
  const transitions: SubTaskTransition[] = [];
  let next: SubTask | undefined;
  let implausible = 0;
  const results = given.updates.map((incoming) => {
    const sentTime = incoming.handedOutTime ?? sent;
    const refusal = refuseUpdate(incoming, next ?? current, task.status, ip, sentTime !== undefined);
    if (refusal) {
      const late = toLateScan(incoming, next ?? current);
      if (late) next = { ...copyOf((next ?? current)!), scanned_late: late };
      return refusal;
    }
    next ??= current ? copyOf(current) : toNewDocument(_id, task, index, ip, sentTime ?? now);
    if (advanceSubTask(next, incoming, given, transitions)) implausible++;
    return APPLIED;
  });
  if (next) {
    next.updated_time = now;
    next.status_history = foldHistory(next.status_history);
  }
  return { results, next, transitions, implausible };
}

/**
 * A scan that began although its subtask was cancelled before any node had it: of an excluded address, by a node that
 * does not keep the contract. The report is stale, and still an operator must see that the address was scanned.
 */
function toLateScan({ sender, update }: IncomingUpdate, subTask: SubTask | undefined): SubTask['scanned_late'] {
  const { node_id } = sender;
  if (node_id === undefined || update.started_time === undefined) return undefined;
  if (subTask?.status !== 'CANCELLED' || subTask.attempt !== update.attempt) return undefined;
  const isKnown = subTask.scanned_late !== undefined || subTask.started_time !== undefined;
  if (isKnown || (subTask.lease_id !== undefined && subTask.lease_id !== update.lease_id)) return undefined;
  return { node_id, started_time: new Date(update.started_time) };
}

const APPLIED: UpdateResult = { outcome: 'applied' };

const copyOf = (subTask: SubTask): SubTask => ({ ...subTask, status_history: [...subTask.status_history] });
