import type { Broker, Publisher } from '@cyberstroll/messaging';
import { AppError, within } from '@cyberstroll/runtime';
import type { Chunk, Store } from '@cyberstroll/store';
import { planAround } from '../core/plan-around';
import type { PlannedChunk } from '../core/plan-dispatch';
import { publishJob, type SentTask } from './publish-job';
import type { TaskLeases } from './task-leases';

export interface SendDeps {
  store: Pick<Store, 'tasks' | 'chunks'>;
  broker: Broker;
  publisher: Publisher;
}

type Stretch = Pick<Chunk, 'first_index' | 'count'>;

export interface SentChunks {
  /** Subtasks that went out. */
  sent: number;
  /** Whether the ledger was as expected, and has nothing at the new cursor or beyond. */
  asPlanned: boolean;
}

/** Between two portions the lease is renewed and the cursor moved. */
const CHUNKS_AT_ONCE = 100;

/**
 * Sends a task's planned chunks, which are consecutive from its cursor: write them into the ledger, publish them, and
 * when the broker has them, move the cursor. A crash between any two of these repeats the same chunks, since whatever
 * the ledger has at the cursor wins over the plan.
 *
 * `careful` reads first what the ledger has at the cursor and beyond: after a crash, or when another replica had the
 * task before. All of it is sent in this pass, and no chunk is written that overlaps it.
 *
 * Nothing is written, and no answer waited for, when the lease of the task has ended: then another replica writes.
 */
export async function sendChunks(
  deps: SendDeps & { leases: TaskLeases },
  task: SentTask & { cursor: number },
  planned: readonly PlannedChunk[],
  { now, careful }: { now: Date; careful: boolean },
): Promise<SentChunks> {
  const { store, leases } = deps;
  const { task_id } = task;
  const written = careful ? await store.chunks.findAhead(task_id, task.cursor) : [];
  const chunks = planAround<Stretch>(task.cursor, planned, written);
  const end = written.reduce((last, chunk) => Math.max(last, chunk.first_index + chunk.count), 0);
  let cursor = task.cursor;
  for (let first = 0; first < chunks.length; first += CHUNKS_AT_ONCE) {
    if (!(await leases.isHeld(task_id, new Date()))) return { sent: cursor - task.cursor, asPlanned: false };
    const portion = chunks.slice(first, first + CHUNKS_AT_ONCE);
    const { sent, asPlanned } = await sendPortion(deps, { ...task, cursor }, portion, { now, written });
    cursor += sent;
    if (!asPlanned) return { sent: cursor - task.cursor, asPlanned };
  }
  return { sent: cursor - task.cursor, asPlanned: cursor >= end };
}

async function sendPortion(
  deps: SendDeps & { leases: TaskLeases },
  task: SentTask & { cursor: number },
  portion: readonly Stretch[],
  { now, written }: { now: Date; written: readonly Chunk[] },
): Promise<SentChunks> {
  const { store, broker, leases } = deps;
  const { task_id } = task;
  const whileOurs = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const leftMs = leases.leftMs(task_id);
    return leftMs > 0 ? within(work(), leftMs, toLeaseEnded) : Promise.reject(toLeaseEnded());
  };
  await whileOurs(() => broker.declareJobQueue(task.config.pool));
  const ledger = new Map(written.map((chunk) => [chunk.first_index, chunk]));
  const fresh = portion.filter(({ first_index }) => !ledger.has(first_index));
  const opened = await whileOurs(() =>
    store.chunks.openChunks(fresh.map(({ first_index, count }) => ({ task_id, first_index, count, now }))),
  );
  for (const chunk of opened) ledger.set(chunk.first_index, chunk);
  const chunks = takeConsecutive(
    portion.map(({ first_index }) => ledger.get(first_index)!),
    task.cursor,
  );
  const results = await Promise.allSettled(
    chunks.map((chunk) =>
      chunk.settled ? undefined : whileOurs(() => publishJob(deps, task, toIndexes(chunk)).then(() => undefined)),
    ),
  );
  const failed = results.findIndex(({ status }) => status === 'rejected');
  const last = chunks.at((failed < 0 ? chunks.length : failed) - 1);
  const end = failed === 0 || !last ? task.cursor : last.first_index + last.count;
  if (end > task.cursor && !(await store.chunks.advanceCursor(task_id, task.cursor, end))) {
    throw new AppError('cursor_moved');
  }
  if (failed >= 0) throw (results[failed] as PromiseRejectedResult).reason;
  const isNew = ({ dispatched_time }: Chunk) => dispatched_time.getTime() === now.getTime();
  return { sent: end - task.cursor, asPlanned: chunks.length === portion.length && opened.every(isNew) };
}

const toLeaseEnded = (): AppError => new AppError('lease_ended');

/** The indexes of a chunk. */
export const toIndexes = ({ first_index, count }: Stretch): number[] =>
  Array.from({ length: count }, (_, i) => first_index + i);

function takeConsecutive(chunks: readonly Chunk[], first: number): Chunk[] {
  let next = first;
  const taken: Chunk[] = [];
  for (const chunk of chunks) {
    if (chunk.first_index !== next) break;
    taken.push(chunk);
    next += chunk.count;
  }
  return taken;
}
