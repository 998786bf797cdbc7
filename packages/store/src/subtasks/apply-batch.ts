/**
 * The only code that writes the state of a subtask. It groups a batch of updates by subtask, decides each group
 * against the documents in the database, and writes everything in ONE transaction: inserts, replacements, and the
 * counters of this writer's shard.
 *
 * If another writer changed one of these documents after the transaction's snapshot, the database refuses the write (a
 * write conflict or a duplicate key), and the batch is read and decided again. So an update is applied once, however
 * often it is delivered. A revision in the filters would add nothing: filters are matched against the same snapshot as
 * the read. For the same reason a subtask that seems to have no document is inserted without a read.
 */

import { groupBy, type SubTask, type SubTaskTransition, type Task } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import { isHeldSubTask } from '@cyberstroll/state-machine';
import { type TargetIndex, toAddressKey } from '@cyberstroll/targets';
import {
  addAppliedUpdate,
  addSubTaskChange,
  type CounterDelta,
  decideSubTask,
  type IncomingUpdate,
  locateSubTask,
  noDelta,
  refusePlace,
  toIncrements,
  type UpdateResult,
} from '@cyberstroll/task-state';
import type { ClientSession, mongo } from 'mongoose';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import type { SubTaskDocument } from '../mongodb/models/documents';
import { IN_ONE_ANSWER, type Part } from '../mongodb/models/fields';
import { findTasks } from '../mongodb/models/find-tasks';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';
import { isCollision, isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { createUntouchedGuess } from './guess-untouched';
import { createShardOpener, toShardId } from './open-shards';
import { createSentTimes, type FindSentTimes, type SentTimes } from './sent-times';

export interface BatchOutcome {
  /** One per update, in order. */
  results: UpdateResult[];
  transitions: SubTaskTransition[];
  /** Applied updates with impossible times. The times were cut to possible ones, and no average counts them. */
  implausible: number;
  /** PAUSED and held tasks. A node has claimed or begun something of each: it may not know that. */
  pausedTasks: string[];
  /** How often the transaction ran again, because another writer or a fault interfered. */
  retried: number;
}

export interface BatchApplierDeps {
  db: Database;
  sessions: WriterSessions;
  /** Names this writer's counters. */
  shard: string;
  /** The task's index function, with at least `count` members. */
  getTargetIndex: (taskId: string, count: number) => Promise<TargetIndex>;
  random?: () => number;
}

/**
 * With `maxCollisions` it rejects with BatchCollided if the updates of several subtasks have collided so often with
 * other writers. Nothing is written then.
 */
export type BatchApplier = (
  updates: readonly IncomingUpdate[],
  now: Date,
  maxCollisions?: number,
) => Promise<BatchOutcome>;

export class BatchCollided extends Error {}

const MAX_TRIES = 20;
/** After a collision. */
const MAX_WAIT_MS = 500;
/** A higher index is in no target set, and does not fit in an `_id`. */
const MAX_INDEX = 0xffff_ffff;

export function createBatchApplier(deps: BatchApplierDeps): BatchApplier {
  const findSentTimes = createSentTimes(deps.db);
  const shards = createShardNames(deps.shard);
  const openShards = createShardOpener(deps.db);
  const guess = createUntouchedGuess();
  return async (updates, now, maxCollisions = Number.POSITIVE_INFINITY) => {
    const shard = shards.take();
    const results: UpdateResult[] = new Array(updates.length);
    const groups = groupBySubTask(updates, results);
    let runs = 0;
    let collisions = 0;
    let waitMs = 0;
    async function tryOnce(session: ClientSession) {
      if (collisions >= maxCollisions && groups.length > 1) throw new BatchCollided();
      // MongoDB refuses a collision at once. The other writer commits after about as long as this try took: sooner, the
      // next try would only collide again.
      if (waitMs > 0) await delay(waitMs);
      waitMs = 0;
      runs++;
      const begun = performance.now();
      const untouched = new Set(
        groups.filter((group) => guess.isUntouched(group.subTaskId, updatesOf(group, updates))),
      );
      try {
        return await applyOnce({ ...deps, shard, findSentTimes }, groups, untouched, updates, results, now, session);
      } catch (error) {
        if (isDuplicateKey(error) && untouched.size > 0) guess.noteWrong();
        else if (isCollision(error)) {
          collisions++;
          waitMs = Math.min(performance.now() - begun, MAX_WAIT_MS);
        }
        throw error;
      }
    }
    try {
      await openShards(shard, new Set(groups.map(({ taskId }) => taskId)));
      for (let tries = 1; ; tries++) {
        try {
          const applied = await deps.sessions.transact(tryOnce);
          guess.note(applied.transitions);
          return { results, ...applied, retried: runs - 1 };
        } catch (error) {
          if (tries === MAX_TRIES || !isDuplicateKey(error)) throw error;
        }
      }
    } finally {
      shards.giveBack(shard);
    }
  };
}

/** A batch that begins while another one runs counts in a shard of its own: else they would collide. */
function createShardNames(first: string) {
  const free: string[] = [];
  let made = 0;
  return {
    take: () => free.pop() ?? (++made === 1 ? first : `${first}/${made}`),
    giveBack: (shard: string) => void free.push(shard),
  };
}

interface SubTaskGroup {
  subTaskId: string;
  taskId: string;
  index: number;
  _id: mongo.ObjectId;
  /** The positions of its updates in the batch. */
  places: number[];
}

const updatesOf = ({ places }: SubTaskGroup, updates: readonly IncomingUpdate[]): IncomingUpdate[] =>
  places.map((place) => updates[place]!);

/** Groups a batch by subtask. Rejects an id that belongs to another task. */
function groupBySubTask(updates: readonly IncomingUpdate[], results: UpdateResult[]): SubTaskGroup[] {
  const groups = new Map<string, SubTaskGroup>();
  updates.forEach(({ update }, place) => {
    const located = locateSubTask(update);
    if ('refusal' in located) {
      results[place] = located.refusal;
      return;
    }
    const { place: id } = located;
    const group = groups.get(update.subtask_id);
    if (group) group.places.push(place);
    else {
      const _id = toSubTaskObjectId(id.taskId, Math.min(id.index, MAX_INDEX));
      groups.set(update.subtask_id, { subTaskId: update.subtask_id, ...id, _id, places: [place] });
    }
  });
  return [...groups.values()];
}

const TASK_FACTS = [
  'task_id',
  'status',
  'config',
  'cursor',
  'created_time',
  'clean_up',
  'progress.total_targets',
  'hold.code',
] as const;
type TaskFacts = Part<Task, (typeof TASK_FACTS)[number]>;

interface Applying extends BatchApplierDeps {
  findSentTimes: FindSentTimes;
}

/** `untouched`: groups whose documents are not read, because they have none by a guess. */
async function applyOnce(
  applying: Applying,
  groups: readonly SubTaskGroup[],
  untouched: ReadonlySet<SubTaskGroup>,
  updates: readonly IncomingUpdate[],
  results: UpdateResult[],
  now: Date,
  session: ClientSession,
): Promise<Pick<BatchOutcome, 'transitions' | 'implausible' | 'pausedTasks'>> {
  const { db, shard } = applying;
  const owners = await readTasks(db, groups, session);
  const read = (some: readonly SubTaskGroup[]) => readDocuments(db, some, session);
  const decide = (documents: ReadonlyMap<string, SubTask>) =>
    decideBatch(applying, { groups, updates, ...owners, documents, now }, results);
  const documents = await read(groups.filter((group) => !untouched.has(group)));
  let decided = await decide(documents);
  // Only an insert shows that a guess is right. What is not to be written is decided by what there is.
  const unsure = decided.unwritten.filter((group) => untouched.has(group));
  if (unsure.length > 0) decided = await decide(new Map([...documents, ...(await read(unsure))]));

  const { inserts, replacements, deltas, transitions, implausible, pausedTasks } = decided;
  if (inserts.length > 0) await db.subTasks.insertMany(inserts, { session });
  if (replacements.length > 0) {
    const writes = replacements.map((replaceOne) => ({ replaceOne }));
    await db.subTasks.bulkWrite(writes, { session, ordered: false });
  }
  if (deltas.size > 0) await countUp(db, shard, deltas, now, session);
  return { transitions, implausible, pausedTasks: [...pausedTasks] };
}

interface BatchCase {
  groups: readonly SubTaskGroup[];
  updates: readonly IncomingUpdate[];
  tasks: ReadonlyMap<string, TaskFacts>;
  deleted: ReadonlySet<string>;
  documents: ReadonlyMap<string, SubTask>;
  now: Date;
}

/** What a batch writes. Sets the result of each update. */
async function decideBatch(
  { random = Math.random, ...sources }: Pick<Applying, 'findSentTimes' | 'getTargetIndex' | 'random'>,
  { groups, updates, tasks, deleted, documents, now }: BatchCase,
  results: UpdateResult[],
) {
  const origins = await readOrigins(sources, groups, tasks, documents);
  const inserts: SubTaskDocument[] = [];
  const replacements: { filter: Pick<SubTaskDocument, '_id'>; replacement: SubTask }[] = [];
  const unwritten: SubTaskGroup[] = [];
  const deltas = new Map<string, CounterDelta>();
  const transitions: SubTaskTransition[] = [];
  const pausedTasks = new Set<string>();
  let implausible = 0;

  for (const group of groups) {
    const { subTaskId, taskId, index, _id, places } = group;
    const task = tasks.get(taskId);
    if (!task || refusePlace({ taskId, index }, task)) {
      const wasDeleted = deleted.has(taskId);
      for (const place of places) {
        const { sender } = updates[place]!;
        results[place] = refusePlace({ taskId, index }, task, { sender, wasDeleted })!;
      }
      continue;
    }
    const current = documents.get(subTaskId);
    const origin = origins.get(taskId);
    const ip = current?.ip ?? origin!.targets.member(index);
    const decision = decideSubTask({
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
      results[place] = decision.results[i]!;
    });
    if (!decision.next) {
      unwritten.push(group);
      continue;
    }
    const isHeld = decision.transitions.some(({ status }) => isHeldSubTask(status));
    if ((task.status === 'PAUSED' || task.hold) && isHeld) pausedTasks.add(taskId);
    if (decision.next.has_open_ports) decision.next.address_key = toAddressKey(ip);
    if (current) replacements.push({ filter: { _id }, replacement: decision.next });
    else inserts.push(Object.assign(decision.next, { _id }));
    const delta = deltas.get(taskId) ?? noDelta();
    deltas.set(taskId, delta);
    addSubTaskChange(delta, current, decision.next, decision);
    implausible += decision.implausible;
    for (const place of places)
      if (results[place]!.outcome === 'applied') addAppliedUpdate(delta, now, updates[place]!);
    transitions.push(...decision.transitions);
  }
  return { inserts, replacements, unwritten, deltas, transitions, implausible, pausedTasks };
}

/** The tasks of a batch. A task whose deletion has begun counts as deleted: parts of it may be missing. */
async function readTasks(db: Database, groups: readonly SubTaskGroup[], session: ClientSession) {
  const taskIds = [...new Set(groups.map((group) => group.taskId))];
  const found = await findTasks(db, taskIds, TASK_FACTS, { session }).toArray();
  const going = found.filter(({ clean_up }) => clean_up?.deleting_time !== undefined).map(({ task_id }) => task_id);
  const known = new Set(found.map(({ task_id }) => task_id));
  const missing = taskIds.filter((taskId) => !known.has(taskId));
  const gone = missing.length > 0 ? await db.deletedTasks.find({ _id: { $in: missing } }, { session }).toArray() : [];
  const deleted = new Set([...going, ...gone.map(({ _id }) => _id)]);
  return {
    tasks: new Map(found.filter(({ task_id }) => !deleted.has(task_id)).map((task) => [task.task_id, task])),
    deleted,
  };
}

/** By subtask id. */
async function readDocuments(
  db: Database,
  groups: readonly SubTaskGroup[],
  session: ClientSession,
): Promise<Map<string, SubTask>> {
  if (groups.length === 0) return new Map();
  const ids = groups.map(({ _id }) => _id);
  const documents = await db.subTasks
    .find({ _id: { $in: ids } }, { session, projection: {}, ...IN_ONE_ANSWER })
    .toArray();
  return new Map(documents.map(({ _id, ...subTask }) => [subTask.subtask_id, subTask]));
}

/** What the subtasks of a task without a document begin with. */
interface Origin {
  targets: TargetIndex;
  /** By index: when its job was sent. */
  sentTimes: SentTimes;
}

/** By task. Tasks whose subtasks all have documents are missing. */
async function readOrigins(
  { findSentTimes, getTargetIndex }: Pick<BatchApplierDeps, 'getTargetIndex'> & { findSentTimes: FindSentTimes },
  groups: readonly SubTaskGroup[],
  tasks: ReadonlyMap<string, TaskFacts>,
  documents: ReadonlyMap<string, SubTask>,
): Promise<Map<string, Origin>> {
  const missing = groups.filter(
    (group) => !refusePlace(group, tasks.get(group.taskId)) && !documents.has(group.subTaskId),
  );
  const asked = [...groupBy(missing, ({ taskId }) => taskId)].map(([taskId, ofTask]) => ({
    task: tasks.get(taskId)!,
    indexes: ofTask.map(({ index }) => index),
  }));
  const [targets, sentTimes] = await Promise.all([
    Promise.all(asked.map(({ task }) => getTargetIndex(task.task_id, task.progress.total_targets))),
    findSentTimes(asked),
  ]);
  return new Map(asked.map(({ task }, i) => [task.task_id, { targets: targets[i]!, sentTimes: sentTimes[i]! }]));
}

async function countUp(
  db: Database,
  shard: string,
  deltas: ReadonlyMap<string, CounterDelta>,
  now: Date,
  session: ClientSession,
): Promise<void> {
  const taskIds = [...deltas.keys()];
  const writes = [...deltas].map(([task_id, delta]) => {
    const error = delta.last_error === undefined ? {} : { last_error: delta.last_error, last_error_time: now };
    const { first_started_time, last_completed_time } = delta.scans;
    return {
      updateOne: {
        filter: { _id: toShardId(task_id, shard), task_id },
        update: {
          $inc: toIncrements(delta),
          $set: { task_id, shard, ...error },
          ...(first_started_time && { $min: { first_started_time } }),
          ...(last_completed_time && { $max: { last_completed_time } }),
        },
        upsert: true,
      },
    };
  });
  const { upsertedIds } = await db.taskProgress.bulkWrite(writes, { session });
  const firstCounted = Object.keys(upsertedIds).map((place) => taskIds[Number(place)]!);
  if (firstCounted.length === 0) return;
  // They were deleted meanwhile, or not opened. See `openShards`.
  await db.tasks.updateMany({ task_id: { $in: firstCounted } }, { $inc: { fence: 1 } }, { session });
}
