import { isDeepStrictEqual } from 'node:util';
import {
  type CreateTaskBody,
  NO_TOUCHED,
  type Owner,
  type ProgressSnapshot,
  type Task,
  type TaskExcluded,
  toSentence,
} from '@cyberstroll/contracts';
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
  addTakenOut,
  applyTaskTransitions,
  countAllowedErrors,
  findHold,
  type GetFleetPace,
  type TakenOut,
  type TaskFieldChanges,
  takeOutExcluded,
  toPortsExclusions,
  toProgress,
  toSnapshot,
} from '@cyberstroll/task-state';
import { type ClientSession, Types } from 'mongoose';
import { getTaskAndCounters, NOT_DELETING, readCounters, taskNotFound } from '../counters/read-counters';
import { createExclusionStore } from '../exclusions/exclusion-store';
import { createFreezeStore, type FreezeStore } from '../freezes/freeze-store';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { createSharedWrite } from '../mongodb/queries/shared-write';
import { ClaimRefused, claimRuns, type RunClaim } from './claim-runs';
import { createTaskTargets, cutTargets, cutText, type TargetTexts, type TaskTargets } from './task-targets';
import { isUnchanged, requireVersion, type TaskWriter, toAfter } from './write-tasks';

export interface NewTask
  extends Omit<CreateTaskBody, 'task_target' | 'labels'>,
    Pick<Task, 'from_task' | 'only' | 'schedule_id' | 'planned_time'> {
  task_target: string;
  /** Default: none. */
  labels?: string[] | null | undefined;
  /** The addresses of `task_target` without those of `exclude_target`, and without the excluded. */
  targets: TargetSet;
  /** What exclusions took out of them. Default: nothing. */
  excluded?: Pick<TakenOut, 'excluded' | 'by'> | undefined;
  /** The operator in the task's history. Default: `task_initiator`. */
  operator?: string | undefined;
  /** 24 hex digits. A second task with the same id is not created: the first one is returned. Default: a new id. */
  task_id?: string | undefined;
  traceparent?: string | undefined;
  /** In whose name `on_end` is carried out. Without it, it is not. */
  owner?: Owner | undefined;
}

export interface CreatedTask {
  task: Task;
  /** False if a task with its id exists. */
  created: boolean;
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

const QUEUED_BY = [
  'task_id',
  'rev',
  'status',
  'status_history',
  'started_time',
  'paused_time',
  'hold',
  'held_seconds',
] as const;

export interface TaskCommandsDeps {
  db: Database;
  sessions: WriterSessions;
  writer: TaskWriter;
  getFleetPace: GetFleetPace;
  exclusions?: Pick<ReturnType<typeof createExclusionStore>, 'findInForce'>;
  freezes?: Pick<FreezeStore, 'findRecent'>;
}

/** Without them there is no task: for callers without types. */
const NEEDED = ['task_target', 'targets', 'task_initiator', 'scan', 'config'] as const satisfies (keyof NewTask)[];

/** Tasks that are created at the same time share a transaction. The targets of each may be megabytes. */
const CREATIONS = { limit: 25, atOnce: 4 };

/** Guarded writes of a task. Each names what it read, and runs again if somebody has changed that. */
export function createTaskCommands(deps: TaskCommandsDeps) {
  const { db, sessions, writer, getFleetPace } = deps;
  const { exclusions = createExclusionStore(db), freezes = createFreezeStore(db) } = deps;
  const targets = createTaskTargets(db);

  const insertTask = createSharedWrite(
    (some: readonly { task: Task & { _id: Types.ObjectId }; targets: TaskTargets; claim?: RunClaim | undefined }[]) =>
      sessions.transact(async (session) => {
        const claims = some.flatMap(({ task: { task_id }, claim }) => (claim ? [{ ...claim, task_id }] : []));
        await claimRuns(db, claims, session);
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

  const createTask = (task: NewTask): Promise<CreatedTask> => create(task);

  async function createTaskOfRun(task: NewTask, claim: RunClaim): Promise<CreatedTask | undefined> {
    return create(task, claim).catch((error: unknown) => {
      if (!(error instanceof ClaimRefused)) throw error;
      return undefined;
    });
  }

  async function create(task: NewTask, claim?: RunClaim): Promise<CreatedTask> {
    const missing = NEEDED.find((name) => task[name] === undefined);
    if (missing) throw new AppError('bad_option', { detail: `createTask needs ${missing}`, field: missing });
    const now = new Date();
    const { _id, ...free } = toTaskDocument(task, now);
    const hold = findHold(free, await freezes.findRecent(), now);
    const document = { ...free, ...(hold && { hold, paused_time: now }) };
    const { task_id } = document;
    const texts = toTexts(task);
    const excluded_target = toExcludedText(task.excluded);
    const target_segments = [toFirstSegment(task, task_id)];
    try {
      await insertTask({
        task: { _id, ...document },
        targets: { task_id, ...texts, ...excluded_target, target_segments },
        claim,
      });
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
    for (;;) {
      const { task, ...read } = await getTaskAndCounters(db, taskId);
      let { counters } = read;
      // Before the write: once that is done, nothing may fail.
      const pace = await getFleetPace(task.config.pool);
      const toOutcome = async (after: Task, changed: boolean): Promise<ChangedStatus> => {
        const snapshot = await toSnapshot(after, counters, new Date(), async () => pace);
        return { task: after, snapshot, before: task.status, changed };
      };
      requireVersion(task, version);
      const status = typeof goal === 'function' ? goal(task.status) : goal;
      if (task.status === status) return toOutcome(task, false);
      requireSettable(task.status, status);
      const transitions = [{ status, reason }];
      const toWrite = () => {
        const changes = applyTaskTransitions(task, transitions, operator, new Date());
        return { task, transitions, changes, guard: isUnchanged(task) };
      };
      // An end is shown with the counters that it is written with: what came between would be counted as cancelled.
      const end = () =>
        writer.end(async (session) => {
          counters = await readCounters(db, taskId, session);
          return [toWrite()];
        });
      const [written] = await (isEndedTask(status) ? end() : writer.write([toWrite()]));
      if (written) return toOutcome(toAfter(written), true);
    }
  }

  async function queueTasks(taskIds: readonly string[], reason: string, operator: string): Promise<string[]> {
    const filter = { status: taskTable.initial };
    const created = taskIds.length === 0 ? [] : await findTasks(db, taskIds, QUEUED_BY, { filter }).toArray();
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
    for (;;) {
      const task = await readTask(taskId);
      requireVersion(task, version);
      const known: TaskFields = { name: task.name ?? null, labels: task.labels, priority: task.config.priority };
      const after = onlyChanged(toFields(task), known);
      const before = Object.fromEntries(Object.keys(after).map((field) => [field, known[field as keyof TaskFields]]));
      if (Object.keys(after).length === 0) return { task, before, after };
      const changes = toFieldChanges(task, after);
      const [written] = await writer.write([{ task, transitions: [], changes, guard: isUnchanged(task) }]);
      if (written) return { task: toAfter(written), before, after };
    }
  }

  async function createSubTasks(taskId: string, added: string[]): Promise<number> {
    const given = parseTargets(added.join('\n'));
    return sessions.transact(async (session) => {
      const task = await readTask(taskId, session);
      if (isEndedTask(task.status)) {
        throw new AppError('task_ended', { detail: `it is ${task.status}`, status: task.status });
      }
      const stored = await targets.find(taskId, session);
      if (!stored) throw taskNotFound(taskId);
      const { target_segments: known, excluded_target: lost } = stored;
      const { order, seed } = known[0]!;
      // The targets that it has already stay: what is open of them is cancelled by a sweep.
      const { whole } = toPortsExclusions(await exclusions.findInForce(new Date()), task.scan.ports);
      const taken = takeOutExcluded(withoutKnown(given, known), whole);
      const segments = appendTargets(known, taken.targets, { order, seed });
      const total = segments.reduce((sum, segment) => sum + segment.count, 0);
      const count = total - task.progress.total_targets;
      if (count > 0 || !taken.excluded.isEmpty) {
        const all_lost = lost === undefined ? taken.excluded : taken.excluded.union(parseTargets(lost));
        const excluded = all_lost.isEmpty ? undefined : all_lost.toText();
        await targets.setSegments(taskId, { segments, excluded }, session);
        const all = segments.map((segment) => parseTargets(segment.targets)).reduce((sum, one) => sum.union(one));
        const changed = {
          'progress.total_targets': total,
          target_ranges: toKeyRanges(all.intervals),
          ...(!taken.excluded.isEmpty && { excluded: toShownExcluded(addTakenOut(task.excluded, taken, all_lost)) }),
        };
        const write = { $set: { ...changed, ...toThreshold(task, total) }, $inc: { rev: 1 } };
        await db.tasks.updateOne({ task_id: taskId }, write, { session });
      }
      return count;
    });
  }

  return { readTask, createTask, createTaskOfRun, updateTaskStatus, queueTasks, changeFields, createSubTasks };
}

function requireSettable(from: TaskStatus, to: TaskStatus): void {
  const allowed = settableTaskStatuses(from);
  if (allowed.includes(to)) return;
  throw new AppError('illegal_transition', {
    detail: `a task that is ${from} cannot become ${to}`,
    status: from,
    allowed,
  });
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

const withoutKnown = (given: TargetSet, known: readonly TargetSegment[]): TargetSet =>
  known.reduce((set, { targets }) => set.minus(parseTargets(targets)), given);

const toExcludedText = (taken: NewTask['excluded']) =>
  taken && !taken.excluded.isEmpty ? { excluded_target: taken.excluded.toText() } : {};

const toShownExcluded = ({ target, ...excluded }: TaskExcluded): TaskExcluded => ({
  ...excluded,
  target: cutText(target),
});

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
  const total = Number(task.targets.count);
  return {
    _id,
    task_id,
    task_initiator: task.task_initiator,
    ...(task.name !== undefined && { name: task.name }),
    labels: task.labels ?? [],
    ...(task.metadata && { metadata: task.metadata }),
    ...(task.from_task !== undefined && { from_task: task.from_task }),
    ...(task.only !== undefined && { only: task.only }),
    ...(task.schedule_id !== undefined && { schedule_id: task.schedule_id }),
    ...(task.planned_time && { planned_time: task.planned_time }),
    ...cutTargets(task),
    ...(task.excluded &&
      !task.excluded.excluded.isEmpty && {
        excluded: toShownExcluded(addTakenOut(undefined, task.excluded, task.excluded.excluded)),
      }),
    target_ranges: toKeyRanges(task.targets.intervals),
    task_type: task.task_type,
    task_category: task.task_category,
    status: taskTable.initial,
    status_history: [{ status: taskTable.initial, timestamp: now, reason: toSentence('created'), operator }],
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
    ...(task.on_end && { on_end: task.on_end }),
    ...(task.on_end && task.owner && { chain: { todo: true, ...task.owner } }),
    ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
  };
}
