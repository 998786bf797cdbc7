import { isDeepStrictEqual } from 'node:util';
import { type CreateTaskBody, NO_TOUCHED, type ProgressSnapshot, type Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask, settableTaskStatuses, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import {
  appendTargets,
  parseTargets,
  type TargetSegment,
  type TargetSet,
  toKeyRanges,
  toSegment,
} from '@cyberstroll/targets';
import {
  applyTaskTransitions,
  countAllowedErrors,
  type GetFleetPace,
  type TaskFieldChanges,
  toProgress,
  toSnapshot,
} from '@cyberstroll/task-state';
import { type ClientSession, Types } from 'mongoose';
import { getTaskAndCounters, NOT_DELETING, taskNotFound } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields, IN_ONE_ANSWER, WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { createSharedWrite } from '../mongodb/queries/shared-write';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import { createTaskTargets, cutTargets, type TargetTexts, type TaskTargets } from './task-targets';
import { endsTask, isUnchanged, requireVersion, type TaskWrite, type TaskWriter, toAfter } from './write-tasks';

export interface NewTask extends Omit<CreateTaskBody, 'task_target' | 'labels'>, Pick<Task, 'from_task' | 'only'> {
  task_target: string;
  /** Default: none. */
  labels?: string[] | null | undefined;
  /** The addresses of `task_target` without those of `exclude_target`. */
  targets: TargetSet;
  /** The operator in the task's history. Default: `task_initiator`. */
  operator?: string | undefined;
  /** 24 hex digits. A second task with the same id is not created: the first one is returned. Default: a new id. */
  task_id?: string | undefined;
  traceparent?: string | undefined;
}

/** The fields of a task that operators may change; one that is not given stays. */
export interface TaskFields {
  /** null removes it. */
  name?: string | null | undefined;
  labels?: string[] | undefined;
  priority?: number | undefined;
}

/** A task after a change of its status, and its progress at that moment. */
export interface ChangedStatus {
  task: Task;
  snapshot: ProgressSnapshot;
  before: TaskStatus;
  /** False if the task had the status already: then nothing is written. */
  changed: boolean;
}

const QUEUED_BY = ['task_id', 'rev', 'status', 'status_history', 'started_time'] as const;

export interface TaskCommandsDeps {
  db: Database;
  sessions: WriterSessions;
  writer: TaskWriter;
  getFleetPace: GetFleetPace;
}

/** Tasks that are created at the same time share a transaction. The targets of each may be megabytes. */
const CREATIONS = { limit: 25, atOnce: 4 };

/** Guarded writes of a task. Each names what it read, and runs again if somebody has changed that. */
export function createTaskCommands({ db, sessions, writer, getFleetPace }: TaskCommandsDeps) {
  const targets = createTaskTargets(db);

  const insertTask = createSharedWrite(
    (some: readonly { task: Task & { _id: Types.ObjectId }; targets: TaskTargets }[]) =>
      sessions.transact(async (session) => {
        await targets.insert(
          some.map((each) => each.targets),
          session,
        );
        await db.tasks.insertMany(
          some.map(({ task }) => task),
          { session },
        );
      }),
    CREATIONS,
  );

  async function readTask(taskId: string, session?: ClientSession): Promise<Task> {
    const options = { ...WITHOUT_ID, ...(session && { session }) };
    const task = await db.tasks.findOne<Task>({ task_id: taskId, ...NOT_DELETING }, options);
    if (!task) throw taskNotFound(taskId);
    return task;
  }

  /**
   * Reads the task, calls `toChange`, and writes if nobody wrote in between. `toChange` returns undefined if nothing
   * is to be done.
   */
  async function change<Read extends { task: Task }>(
    read: () => Promise<Read>,
    toChange: (task: Task, now: Date) => Pick<TaskWrite, 'transitions' | 'changes'> | undefined,
  ): Promise<Read & { before: TaskStatus; changed: boolean }> {
    for (;;) {
      const found = await read();
      const { task } = found;
      const before = task.status;
      const toWrite = (change: Pick<TaskWrite, 'transitions' | 'changes'>) => ({
        ...change,
        task,
        guard: isUnchanged(task),
      });
      const first = toChange(task, new Date());
      if (!first) return { ...found, before, changed: false };
      const [written] = endsTask(first)
        ? await writer.end(async () => [toWrite(toChange(task, new Date())!)])
        : await writer.write([toWrite(first)]);
      if (written) return { ...found, task: toAfter(written), before, changed: true };
    }
  }

  async function createTask(task: NewTask): Promise<{ task: Task; created: boolean }> {
    const { _id, ...document } = toTaskDocument(task, new Date());
    const { task_id } = document;
    const texts = toTexts(task);
    const target_segments = [toFirstSegment(task, task_id)];
    try {
      await insertTask({ task: { _id, ...document }, targets: { task_id, ...texts, target_segments } });
      return { task: { ...document, ...texts }, created: true };
    } catch (error) {
      if (!isDuplicateKey(error) || task.task_id === undefined) throw error;
      return { task: await targets.fillIn(await readTask(task_id)), created: false };
    }
  }

  async function updateTaskStatus(
    taskId: string,
    goal: TaskStatus | ((status: TaskStatus) => TaskStatus),
    reason: string,
    operator = 'task-state-manager',
    { version }: { version?: number | undefined } = {},
  ): Promise<ChangedStatus> {
    // All of it before the write: once that is done, nothing may fail.
    async function read() {
      const found = await getTaskAndCounters(db, taskId);
      return { ...found, pace: await getFleetPace(found.task.config.pool) };
    }
    const { task, counters, pace, ...outcome } = await change(read, (found, now) => {
      requireVersion(found, version);
      const status = typeof goal === 'function' ? goal(found.status) : goal;
      if (found.status === status) return undefined;
      const allowed = settableTaskStatuses(found.status);
      if (!allowed.includes(status)) {
        throw new AppError('illegal_transition', {
          detail: `a task that is ${found.status} cannot become ${status}`,
          status: found.status,
          allowed,
        });
      }
      const transitions = [{ status, reason }];
      return { transitions, changes: applyTaskTransitions(found, transitions, operator, now) };
    });
    return { task, ...outcome, snapshot: await toSnapshot(task, counters, new Date(), async () => pace) };
  }

  async function queueTasks(taskIds: readonly string[], reason: string, operator: string): Promise<string[]> {
    const filter = { task_id: { $in: [...taskIds] }, status: taskTable.initial };
    const created = taskIds.length === 0 ? [] : await findFields(db.tasks, filter, QUEUED_BY, IN_ONE_ANSWER).toArray();
    const now = new Date();
    const transitions = [{ status: 'QUEUED', reason }] as const;
    const toWrite = (task: (typeof created)[number]) => ({
      task,
      transitions,
      changes: applyTaskTransitions(task, transitions, operator, now),
    });
    return (await writer.write(created.map(toWrite))).map(({ task }) => task.task_id);
  }

  /** Writes the fields that differ from the task's. `toFields` runs again if the task changed meanwhile. */
  async function changeFields(
    taskId: string,
    toFields: (task: Task) => TaskFields,
    { version }: { version?: number | undefined } = {},
  ): Promise<{ task: Task; before: TaskFields; after: TaskFields }> {
    let before: TaskFields = {};
    let after: TaskFields = {};
    const { task } = await change(
      async () => ({ task: await readTask(taskId) }),
      (found) => {
        requireVersion(found, version);
        const known: TaskFields = {
          name: found.name ?? null,
          labels: found.labels ?? [],
          priority: found.config.priority,
        };
        after = onlyChanged(toFields(found), known);
        before = Object.fromEntries(Object.keys(after).map((field) => [field, known[field as keyof TaskFields]]));
        if (Object.keys(after).length === 0) return undefined;
        return { transitions: [], changes: toFieldChanges(found, after) };
      },
    );
    return { task, before, after };
  }

  async function createSubTasks(taskId: string, added: string[]): Promise<number> {
    const set = parseTargets(added.join('\n'));
    return sessions.transact(async (session) => {
      const task = await readTask(taskId, session);
      if (isEndedTask(task.status)) {
        throw new AppError('task_ended', { detail: `it is ${task.status}`, status: task.status });
      }
      const known = (await targets.find(taskId, session))?.target_segments;
      if (!known) throw taskNotFound(taskId);
      const { order, seed } = known[0]!;
      const segments = appendTargets(known, set, { order, seed });
      const total = segments.reduce((sum, segment) => sum + segment.count, 0);
      const count = total - task.progress.total_targets;
      if (count > 0) {
        await targets.setSegments(taskId, segments, session);
        const all = segments.map((segment) => parseTargets(segment.targets)).reduce((sum, one) => sum.union(one));
        const changed = { 'progress.total_targets': total, target_ranges: toKeyRanges(all.intervals) };
        const write = { $set: { ...changed, ...toThreshold(task, total) }, $inc: { rev: 1 } };
        await db.tasks.updateOne({ task_id: taskId }, write, { session });
      }
      return count;
    });
  }

  return { readTask, createTask, updateTaskStatus, queueTasks, changeFields, createSubTasks };
}

const onlyChanged = (fields: TaskFields, known: TaskFields): TaskFields =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([field, value]) => value !== undefined && !isDeepStrictEqual(value, known[field as keyof TaskFields]),
    ),
  );

const toFieldChanges = ({ config, edits = 0 }: Task, { name, labels, priority }: TaskFields): TaskFieldChanges => ({
  set: {
    ...(name && { name }),
    ...(labels && { labels }),
    ...(priority && { config: { ...config, priority } }),
    edits: edits + 1,
  },
  unset: name === null ? ['name'] : [],
});

/**
 * The threshold of a task after targets were added. A percentage grows with them; if failures never end the task, that
 * stays so.
 */
function toThreshold({ error_info, progress }: Task, total: number): Record<string, number> {
  const { error_threshold, error_threshold_share: share } = error_info;
  if (share !== undefined) return { 'error_info.error_threshold': countAllowedErrors(share, total) };
  return error_threshold === progress.total_targets ? { 'error_info.error_threshold': total } : {};
}

const toTexts = ({ task_target, exclude_target }: NewTask): TargetTexts => ({
  task_target,
  ...(exclude_target !== undefined && { exclude_target }),
});

const toFirstSegment = ({ targets, config }: NewTask, task_id: string): TargetSegment =>
  toSegment(targets, { order: config.order, seed: Number.parseInt(task_id.slice(-8), 16) });

function toTaskDocument(task: NewTask, now: Date): Task & { _id: Types.ObjectId } {
  const _id = new Types.ObjectId(task.task_id);
  const task_id = _id.toHexString();
  const { error_threshold: threshold } = task;
  const operator = task.operator ?? task.task_initiator;
  const total = toFirstSegment(task, task_id).count;
  return {
    _id,
    task_id,
    task_initiator: task.task_initiator,
    ...(task.name !== undefined && { name: task.name }),
    labels: task.labels ?? [],
    ...(task.from_task !== undefined && { from_task: task.from_task }),
    ...(task.only !== undefined && { only: task.only }),
    ...cutTargets(task),
    target_ranges: toKeyRanges(task.targets.intervals),
    task_type: task.task_type,
    task_category: task.task_category,
    status: taskTable.initial,
    status_history: [{ status: taskTable.initial, timestamp: now, reason: 'created', operator }],
    progress: toProgress(total, NO_TOUCHED, false),
    created_time: now,
    config: task.config,
    error_info: {
      error_count: 0,
      failed_attempts: 0,
      error_threshold: countAllowedErrors(threshold ?? total, total),
      ...(typeof threshold === 'string' && { error_threshold_share: threshold }),
    },
    scan: task.scan,
    cursor: 0,
    rev: 0,
    progress_seq: 0,
    settled: false,
    paused_seconds: 0,
    ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
  };
}
