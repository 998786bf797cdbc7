import type { Broker, Publisher } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import type { Chunk, Store } from '@cyberstroll/store';
import type { PlannedChunk } from '../core/plan-dispatch';
import { toIndexes } from '../core/to-indexes';
import { publishJob, type SentTask } from './publish-job';

export interface SendDeps {
  store: Store;
  broker: Broker;
  publisher: Publisher;
}

/**
 * Sends a task's planned chunks, which are consecutive from its cursor: write them into the ledger, publish them, and when
 * the broker has them, move the cursor. A crash between any two of these repeats the same chunks, since whatever the ledger
 * has at the cursor wins over the plan. Resolves to how many subtasks went out.
 *
 * `careful` writes the chunks down one by one, and stops at the first that the ledger knew already: so after a crash, or
 * when another replica had the task before, no chunk is written that overlaps one of theirs.
 */
export async function sendChunks(
  deps: SendDeps,
  task: SentTask & { cursor: number },
  planned: readonly PlannedChunk[],
  { now, careful }: { now: Date; careful: boolean },
): Promise<{ sent: number; asPlanned: boolean }> {
  const { store, broker } = deps;
  await broker.declareJobQueue(task.config.pool);
  const opened = careful
    ? await openOneByOne(store, planned, now)
    : await Promise.all(planned.map((chunk) => store.chunks.openChunk({ ...chunk, now })));
  const chunks = takeConsecutive(opened, task.cursor);
  const results = await Promise.allSettled(
    chunks.map((chunk) => (chunk.settled ? undefined : publishJob(deps, task, toIndexes(chunk)))),
  );
  const failed = results.findIndex(({ status }) => status === 'rejected');
  const last = chunks.at((failed < 0 ? chunks.length : failed) - 1);
  const end = failed === 0 || !last ? task.cursor : last.first_index + last.count;
  if (end > task.cursor && !(await store.chunks.advanceCursor(task.task_id, task.cursor, end))) {
    throw new AppError('conflict', 'cursor_moved', 'another has moved the task’s cursor');
  }
  if (failed >= 0) throw (results[failed] as PromiseRejectedResult).reason;
  return { sent: end - task.cursor, asPlanned: chunks.length === planned.length && opened.every(isNew(now)) };
}

const isNew =
  (now: Date) =>
  (chunk: Chunk): boolean =>
    chunk.dispatched_time.getTime() === now.getTime();

async function openOneByOne(store: Store, planned: readonly PlannedChunk[], now: Date): Promise<Chunk[]> {
  const opened: Chunk[] = [];
  for (const plan of planned) {
    const chunk = await store.chunks.openChunk({ ...plan, now });
    opened.push(chunk);
    if (!isNew(now)(chunk)) break;
  }
  return opened;
}

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
