import type { SubTask, SubTaskTransition } from '@cyberstroll/contracts';
import { isHeldSubTask } from '@cyberstroll/state-machine';
import { toAddressKey } from '@cyberstroll/targets';
import {
  addAppliedUpdate,
  addSubTaskChange,
  type CounterDelta,
  decideSubTask,
  noDelta,
  refusePlace,
  type UpdateResult,
} from '@cyberstroll/task-state';
import type { Completed } from '../inventory/completions';
import type { FindingDocument, SubTaskDocument } from '../mongodb/models/documents';
import type { BatchTasks, Origin } from './batch-facts';
import type { SubTaskGroup } from './batch-groups';
import { toFindingDocuments } from './findings';

export interface BatchCase extends BatchTasks {
  groups: readonly SubTaskGroup[];
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
  findings: FindingDocument[];
  /** By task: for the inventory. */
  completions: Map<string, Omit<Completed, 'task_id'>>;
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
  const { groups, tasks, deleted, documents, origins, now, random } = given;
  const decided: BatchDecision = {
    results: [],
    inserts: [],
    findings: [],
    completions: new Map(),
    replacements: [],
    unwritten: [],
    deltas: new Map(),
    transitions: [],
    implausible: 0,
    pausedTasks: new Set(),
  };
  for (const group of groups) {
    const { subTaskId, taskId, index, _id, updates, places } = group;
    const task = tasks.get(taskId);
    if (!task || refusePlace(group, task)) {
      const wasDeleted = deleted.has(taskId);
      updates.forEach(({ sender }, i) => {
        decided.results[places[i]!] = refusePlace(group, task, { sender, wasDeleted })!;
      });
      continue;
    }
    const current = documents.get(subTaskId);
    const origin = origins.get(taskId);
    const ip = current?.ip ?? origin!.targets.member(index);
    const { next, results, transitions, implausible } = decideSubTask({
      _id,
      task,
      index,
      ip,
      current,
      sent: origin?.sentTimes.get(index),
      updates,
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
    const mayNotScan = task.status === 'PAUSED' || task.hold;
    if (mayNotScan && transitions.some(({ status }) => isHeldSubTask(status))) decided.pausedTasks.add(taskId);
    if (next.has_open_ports) next.address_key = toAddressKey(ip);
    if (current) decided.replacements.push({ filter: { _id }, replacement: next });
    // A new one has its `_id` from the decision.
    else decided.inserts.push(next as SubTaskDocument);
    if (next.status === 'COMPLETED' && current?.status !== 'COMPLETED') {
      const found = toFindingDocuments(next, updates, results);
      decided.findings.push(...found);
      const completed = decided.completions.get(taskId) ?? { open: [], empty: [] };
      decided.completions.set(taskId, completed);
      completed[next.has_open_ports || found.length > 0 ? 'open' : 'empty'].push(index);
    }
    const delta = decided.deltas.get(taskId) ?? noDelta();
    decided.deltas.set(taskId, delta);
    addSubTaskChange(delta, current, next, { transitions, implausible });
    updates.forEach((incoming, i) => {
      if (results[i]!.outcome === 'applied') addAppliedUpdate(delta, now, incoming);
    });
    decided.implausible += implausible;
    decided.transitions.push(...transitions);
  }
  return decided;
}
