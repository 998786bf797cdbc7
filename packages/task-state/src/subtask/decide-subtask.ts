/**
 * What a subtask becomes when updates arrive for it: plain data in, plain data out. This keeps the promises of
 * contract 4.2 and of the fence:
 * - An update of an older attempt changes nothing (`stale`). Nor does one under another lease than the one that holds
 *   the attempt.
 * - Within an attempt the status only moves forward. A repeated or late report is a `duplicate`.
 * - The steps that an update implies are made one by one. Each is an arrow of the machine, and each is in the history.
 * - A failure that is to be retried moves to RETRYING, the next attempt, in the same decision.
 */

import type { SubTask, TaskConfig } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { foldHistory } from '../history';
import { advanceSubTask } from './advance-subtask';
import { refuseUpdate } from './fence';
import type { IncomingUpdate, SubTaskPassage, UpdateResult } from './incoming-update';
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
  /** The statuses that the subtask passed through, and when. */
  steps: SubTaskPassage[];
  /** The number of applied updates with impossible times. */
  implausible: number;
}

export function decideSubTask({ task, index, ip, current, sent, updates, now, random }: SubTaskCase): SubTaskDecision {
  const steps: SubTaskDecision['steps'] = [];
  let subTask = current;
  let changed = false;
  let implausible = 0;

  const results = updates.map((incoming): UpdateResult => {
    const sentTime = incoming.handedOutTime ?? sent;
    const refusal = refuseUpdate(incoming, subTask, task.status, ip, sentTime !== undefined);
    if (refusal) return refusal;
    if (!changed) subTask = subTask ? copyOf(subTask) : toNewSubTask(task, index, ip, sentTime ?? now);
    changed = true;
    const passage = advanceSubTask(subTask!, incoming, { task, now, random });
    steps.push(...passage.steps);
    if (passage.implausible) implausible++;
    return { outcome: 'applied' };
  });

  if (!changed || !subTask) return { results, next: undefined, steps, implausible };
  subTask.updated_time = now;
  subTask.status_history = foldHistory(subTask.status_history);
  return { results, next: subTask, steps, implausible };
}

const copyOf = (subTask: SubTask): SubTask => ({ ...subTask, status_history: [...subTask.status_history] });
