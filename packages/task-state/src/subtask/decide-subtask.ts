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
import { toNewSubTask } from './new-subtask';

export interface SubTaskCase {
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
  /** The document to write. Undefined if nothing changes. */
  next: SubTask | undefined;
  /** In order. */
  transitions: SubTaskTransition[];
  /** The number of applied updates with impossible times. */
  implausible: number;
}

export function decideSubTask(given: SubTaskCase): SubTaskDecision {
  const { task, index, ip, current, sent, now } = given;
  const decision: SubTaskDecision = { results: [], next: undefined, transitions: [], implausible: 0 };
  for (const incoming of given.updates) {
    const sentTime = incoming.handedOutTime ?? sent;
    const refusal = refuseUpdate(incoming, decision.next ?? current, task.status, ip, sentTime !== undefined);
    decision.results.push(refusal ?? APPLIED);
    if (refusal) continue;
    decision.next ??= current ? copyOf(current) : toNewSubTask(task, index, ip, sentTime ?? now);
    if (advanceSubTask(decision.next, incoming, given, decision.transitions)) decision.implausible++;
  }
  if (decision.next) {
    decision.next.updated_time = now;
    decision.next.status_history = foldHistory(decision.next.status_history);
  }
  return decision;
}

const APPLIED: UpdateResult = { outcome: 'applied' };

const copyOf = (subTask: SubTask): SubTask => ({ ...subTask, status_history: [...subTask.status_history] });
