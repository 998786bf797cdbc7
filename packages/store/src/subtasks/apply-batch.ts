/**
 * The only code that writes the state of a subtask. It groups a batch of updates by subtask, decides each group
 * against the documents in the database, and writes everything in ONE transaction: inserts, replacements, and the
 * counters of this writer's shard, and what the inventory has to add.
 *
 * If another writer changed one of these documents after the transaction's snapshot, the database refuses the write (a
 * write conflict or a duplicate key), and the batch is read and decided again. So an update is applied once, however
 * often it is delivered. A revision in the filters would add nothing: filters are matched against the same snapshot as
 * the read. For the same reason a subtask that seems to have no document is inserted without a read.
 */

import type { SubTaskTransition } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import { type CounterDelta, type IncomingUpdate, toIncrements, type UpdateResult } from '@cyberstroll/task-state';
import type { ClientSession } from 'mongoose';
import { toCompletions } from '../inventory/completions';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { isCollision, isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { type OriginSources, readDocuments, readOrigins, readTasks } from './batch-facts';
import { groupBySubTask, type SubTaskGroup } from './batch-groups';
import { type BatchCase, decideBatch } from './decide-batch';
import { createUntouchedGuess } from './guess-untouched';
import { createShardOpener, toShardId } from './open-shards';
import { createSentTimes } from './sent-times';

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

export interface BatchApplierDeps extends Pick<OriginSources, 'getTargetIndex'> {
  db: Database;
  sessions: WriterSessions;
  /** Names this writer's counters. */
  shard: string;
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

export function createBatchApplier(deps: BatchApplierDeps): BatchApplier {
  const sources = { random: Math.random, ...deps, findSentTimes: createSentTimes(deps.db) };
  const shards = createShardNames(deps.shard);
  const openShards = createShardOpener(deps.db);
  const guess = createUntouchedGuess();
  return async (updates, now, maxCollisions = Number.POSITIVE_INFINITY) => {
    const shard = shards.take();
    const { groups, refused } = groupBySubTask(updates);
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
      const touched = groups.filter((group) => !guess.isUntouched(group));
      try {
        return await applyOnce({ ...sources, shard }, { groups, now }, touched, session);
      } catch (error) {
        if (isDuplicateKey(error) && touched.length < groups.length) guess.noteWrong();
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
          refused.forEach((refusal, place) => {
            applied.results[place] = refusal;
          });
          return { ...applied, retried: runs - 1 };
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

interface Applying extends BatchApplierDeps, OriginSources {
  random: () => number;
}

/** `touched`: groups whose documents are read. By a guess, the others have none. */
async function applyOnce(
  applying: Applying,
  batch: Pick<BatchCase, 'groups' | 'now'>,
  touched: readonly SubTaskGroup[],
  session: ClientSession,
): Promise<Omit<BatchOutcome, 'retried'>> {
  const { db, shard, random } = applying;
  const { groups, now } = batch;
  const owners = await readTasks(db, groups, session);
  const read = (some: readonly SubTaskGroup[]) => readDocuments(db, some, session);
  async function decide(documents: BatchCase['documents']) {
    const origins = await readOrigins(applying, groups, owners.tasks, documents);
    return decideBatch({ ...batch, ...owners, documents, origins, random });
  }
  const documents = await read(touched);
  let decided = await decide(documents);
  // Only an insert shows that a guess is right. What is not to be written is decided by what there is.
  const wereRead = new Set(touched);
  const unsure = decided.unwritten.filter((group) => !wereRead.has(group));
  if (unsure.length > 0) decided = await decide(new Map([...documents, ...(await read(unsure))]));

  const { results, inserts, findings, completions, replacements, deltas, transitions, implausible, pausedTasks } =
    decided;
  if (inserts.length > 0) await db.subTasks.insertMany(inserts, { session });
  if (findings.length > 0) await db.findings.insertMany(findings, { session });
  if (completions.size > 0) {
    const tasks = [...completions].map(([task_id, completed]) => ({ task_id, ...completed }));
    await db.completions.insertOne(toCompletions(now, tasks), { session });
  }
  if (replacements.length > 0) {
    const writes = replacements.map((replaceOne) => ({ replaceOne }));
    await db.subTasks.bulkWrite(writes, { session, ordered: false });
  }
  if (deltas.size > 0) await countUp(db, shard, deltas, now, session);
  return { results, transitions, implausible, pausedTasks: [...pausedTasks] };
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
