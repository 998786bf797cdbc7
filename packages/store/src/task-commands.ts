import { NO_TOUCHED, type Task, type TaskConfig, toProgress } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { isEndedTask, settableTaskStatuses, type TaskStatus, taskTable } from '@cyberstroll/state-machine';
import { appendTargets, parseTargets, type TargetSegment, toSegment } from '@cyberstroll/targets';
import { Types } from 'mongoose';
import { isDuplicateKey } from './connection';
import type { Models } from './models/create-models';
import { NOT_DELETING, taskNotFound, WITHOUT_TARGETS } from './read-counters';
import type { NewTask } from './store';
import type { GuardedWrite, WriteTask } from './write-task';

/** Guarded writes of a task: each names the revision that it read and is done again where that has moved. */
export function createTaskCommands(models: Models, writeTask: WriteTask) {
  const tasks = models.tasks.collection;

  async function readTask(taskId: string, withTargets = false): Promise<Task> {
    const projection = withTargets ? { _id: 0 } : WITHOUT_TARGETS;
    const task = await tasks.findOne({ task_id: taskId, ...NOT_DELETING }, { projection });
    if (!task) throw taskNotFound(taskId);
    return task as unknown as Task;
  }

  /** Reads, asks `toChange`, writes if nobody was in between; `toChange` gives undefined where nothing is to be done. */
  async function change(
    taskId: string,
    withTargets: boolean,
    toChange: (task: Task) => Omit<GuardedWrite, 'task'> | undefined,
  ): Promise<{ task: Task; changed: boolean }> {
    for (;;) {
      const task = await readTask(taskId, withTargets);
      const change = toChange(task);
      if (!change) return { task, changed: false };
      const after = await writeTask({ ...change, task });
      if (after) return { task: after, changed: true };
    }
  }

  async function findTaskOfKey(idempotencyKey: string): Promise<Task | undefined> {
    const filter = { idempotency_key: idempotencyKey, ...NOT_DELETING };
    return ((await tasks.findOne(filter, { projection: WITHOUT_TARGETS })) as Task | null) ?? undefined;
  }

  async function createTask(task: NewTask): Promise<{ task: Task; created: boolean }> {
    const document = toTaskDocument(task, new Date());
    try {
      await tasks.insertOne(document);
      const { _id, ...created } = document;
      return { task: created, created: true };
    } catch (error) {
      if (!isDuplicateKey(error) || task.idempotency_key === undefined) throw error;
      const known = await findTaskOfKey(task.idempotency_key);
      if (!known)
        throw new AppError('transient', 'task_being_deleted', 'the task of this key is being deleted just now');
      return { task: known, created: false };
    }
  }

  function updateTaskStatus(
    taskId: string,
    status: TaskStatus,
    reason: string,
    operator = 'task-state-manager',
  ): Promise<{ task: Task; changed: boolean }> {
    return change(taskId, false, (task) => {
      if (task.status === status) return undefined;
      const allowed = settableTaskStatuses(task.status);
      if (!allowed.includes(status)) {
        throw new AppError('conflict', 'illegal_transition', `a task that is ${task.status} cannot become ${status}`, {
          status: task.status,
          allowed,
        });
      }
      return { steps: [{ status, reason }], operator };
    });
  }

  async function createSubTasks(taskId: string, targets: string[]): Promise<number> {
    const added = parseTargets(targets.join('\n'));
    let count = 0;
    await change(taskId, true, (task) => {
      if (isEndedTask(task.status)) {
        throw new AppError('conflict', 'task_ended', `a task that is ${task.status} takes no more targets`, {
          status: task.status,
        });
      }
      const { order, seed } = task.target_segments[0]!;
      const segments = appendTargets(task.target_segments, added, { order, seed });
      const total = countMembers(segments);
      count = total - task.progress.total_targets;
      if (count === 0) return undefined;
      // As many as there were: by default failures end no task, and so it stays.
      const isUnlimited = task.error_info.error_threshold === task.progress.total_targets;
      const set = {
        target_segments: segments,
        'progress.total_targets': total,
        ...(isUnlimited && { 'error_info.error_threshold': total }),
      };
      return { write: { $set: set, $inc: { rev: 1 } } };
    });
    return count;
  }

  return { readTask, findTaskOfKey, createTask, updateTaskStatus, createSubTasks };
}

const countMembers = (segments: readonly TargetSegment[]) => segments.reduce((sum, segment) => sum + segment.count, 0);

function toTaskDocument(task: NewTask, now: Date): Task & { _id: Types.ObjectId } {
  const _id = new Types.ObjectId();
  const task_id = _id.toHexString();
  const { error_threshold, ...config } = task.config;
  const operator = task.operator ?? task.task_initiator;
  const segment = toSegment(task.targets, { order: config.order, seed: Number.parseInt(task_id.slice(-8), 16) });
  return {
    _id,
    task_id,
    task_initiator: task.task_initiator,
    task_target: task.task_target,
    task_type: task.task_type,
    task_category: task.task_category,
    status: taskTable.initial,
    status_history: [{ status: taskTable.initial, timestamp: now, reason: 'created', operator }],
    progress: toProgress(segment.count, NO_TOUCHED, false),
    created_time: now,
    config: config as TaskConfig,
    error_info: { error_count: 0, error_threshold: error_threshold ?? segment.count },
    ...(task.exclude_target !== undefined && { exclude_target: task.exclude_target }),
    scan: task.scan,
    target_segments: [segment],
    cursor: 0,
    rev: 0,
    progress_seq: 0,
    settled: false,
    paused_seconds: 0,
    ...(task.idempotency_key !== undefined && { idempotency_key: task.idempotency_key }),
    ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
  };
}
