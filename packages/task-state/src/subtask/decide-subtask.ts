/**
 * What a subtask becomes by the updates that came for it: plain data in, plain data out. It holds the promises of the
 * contract's 4.2 and of the fence:
 * - an update of an older attempt, or under another lease than the one that holds the attempt, changes nothing (`stale`)
 * - within an attempt the status only moves forward; what repeats or lags is a `duplicate`
 * - the steps that an update implies are taken one by one, each an arrow of the machine, each in the history
 * - a failure that is to be retried goes on to RETRYING, the next attempt, in the same decision
 */

import type { SubTask, TaskConfig } from '@cyberstroll/contracts';
import type { SubTaskStatus, TaskStatus } from '@cyberstroll/state-machine';
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
  /** Of one without a document: when the job that named it was first sent; undefined where it never was. */
  sent: Date | undefined;
  updates: readonly IncomingUpdate[];
  now: Date;
  random: () => number;
}

export interface SubTaskDecision {
  results: UpdateResult[];
  /** The document to write; undefined where nothing changes. */
  next: SubTask | undefined;
  /** The statuses passed through, and when. */
  steps: SubTaskPassage[];
  /** Applied updates whose times cannot be. */
  implausible: number;
}

export interface SubTaskPassage {
  status: SubTaskStatus;
  attempt: number;
  timestamp: Date;
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
