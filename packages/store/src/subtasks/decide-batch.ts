import type { SubTask, SubTaskTransition } from '@cyberstroll/contracts';
import { isHeldSubTask } from '@cyberstroll/state-machine';
import { toAddressKey } from '@cyberstroll/targets';
import {
  addAppliedUpdate,
  addSubTaskChange,
  type CounterDelta,
  decideSubTask,
  type IncomingUpdate,
  noDelta,
  refusePlace,
  type UpdateResult,
} from '@cyberstroll/task-state';
import type { SubTaskDocument } from '../mongodb/models/documents';
import type { BatchTasks, Origin } from './batch-facts';
import { type SubTaskGroup, updatesOf } from './batch-groups';

export interface BatchCase extends BatchTasks {
  groups: readonly SubTaskGroup[];
  updates: readonly IncomingUpdate[];
  /** By subtask id. */
  documents: ReadonlyMap<string, SubTask>;
  /** By task: of those with a subtask that has no document. */
  origins: ReadonlyMap<string, Origin>;
  now: Date;
  random: () => number;
}

export interface BatchDecision {
  /** By the position of the update. Updates of no group are left out. */
  results: UpdateResult[];
  inserts: SubTaskDocument[];
  replacements: { filter: Pick<SubTaskDocument, '_id'>; replacement: SubTask }[];
  /** Nothing is written of them, and their tasks are there. */
  unwritten: SubTaskGroup[];
  /** By task: what the counters change by. */
  deltas: Map<string, CounterDelta>;
  transitions: SubTaskTransition[];
  /** Applied updates with impossible times. */
  implausible: number;
  /** PAUSED and held tasks with something that was just claimed or begun. */
  pausedTasks: Set<string>;
}

/** What a batch writes, and the result of each of its updates. */
export function decideBatch(given: BatchCase): BatchDecision {
  const { groups, updates, tasks, deleted, documents, origins, now, random } = given;
  const decided: BatchDecision = {
    results: new Array(updates.length),
    inserts: [],
    replacements: [],
    unwritten: [],
    deltas: new Map(),
    transitions: [],
    implausible: 0,
    pausedTasks: new Set(),
  };
  for (const group of groups) {
    const { subTaskId, taskId, index, _id, places } = group;
    const task = tasks.get(taskId);
    if (!task || refusePlace({ taskId, index }, task)) {
      const wasDeleted = deleted.has(taskId);
      for (const place of places) {
        const { sender } = updates[place]!;
        decided.results[place] = refusePlace({ taskId, index }, task, { sender, wasDeleted })!;
      }
      continue;
    }
    const current = documents.get(subTaskId);
    const origin = origins.get(taskId);
    const ip = current?.ip ?? origin!.targets.member(index);
    const { next, results, transitions, implausible } = decideSubTask({
      task,
      index,
      ip,
      current,
      sent: origin?.sentTimes.get(index),
      updates: updatesOf(group, updates),
      now,
      random,
    });
    places.forEach((place, i) => {
      decided.results[place] = results[i]!;
    });
    if (!next) {
      decided.unwritten.push(group);
      continue;
    }
    const isHeld = transitions.some(({ status }) => isHeldSubTask(status));
    if ((task.status === 'PAUSED' || task.hold) && isHeld) decided.pausedTasks.add(taskId);
    if (next.has_open_ports) next.address_key = toAddressKey(ip);
    if (current) decided.replacements.push({ filter: { _id }, replacement: next });
    else decided.inserts.push(Object.assign(next, { _id }));
    const delta = decided.deltas.get(taskId) ?? noDelta();
    decided.deltas.set(taskId, delta);
    addSubTaskChange(delta, current, next, { transitions, implausible });
    places.forEach((place, i) => {
      if (results[i]!.outcome === 'applied') addAppliedUpdate(delta, now, updates[place]!);
    });
    decided.implausible += implausible;
    decided.transitions.push(...transitions);
  }
  return decided;
}
