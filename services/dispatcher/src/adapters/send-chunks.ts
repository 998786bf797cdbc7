import { groupBy, type JobSubTask, toPortions, toSubTaskId } from '@cyberstroll/contracts';
import type { ExclusionWatch } from '@cyberstroll/coordination';
import type { Broker, Publisher } from '@cyberstroll/messaging';
import { AppError, within } from '@cyberstroll/runtime';
import type { Chunk, Store } from '@cyberstroll/store';
import { takeConsecutive, toEnd, toIndexes } from '../core/index-stretch';
import { type PlacedStretch, planAround } from '../core/plan-around';
import type { SendOutcome } from '../core/smooth-tasks';
import { publishJob, type SentTask } from './publish-job';
import type { TaskLeases } from './task-leases';

export interface SendDeps {
  store: Pick<Store, 'tasks' | 'chunks'>;
  broker: Broker;
  publisher: Publisher;
  exclusions: ExclusionWatch;
}

type Deps = SendDeps & { leases: TaskLeases };

/** What a pass sends of one task. */
export interface TaskToSend {
  task: SentTask & {
    cursor: number;
    /** How many of its subtasks were cancelled before they were sent: these are left out. Default: none. */
    ahead?: number;
  };
  /** Consecutive from the cursor, with rising places. */
  planned: readonly PlacedStretch[];
  /**
   * Whether the ledger is read first: after a crash, or when another replica had the task before, it may have chunks at
   * the cursor and beyond. All of them are sent in this pass, and no chunk is written that overlaps them.
   */
  careful: boolean;
  /**
   * Whether a limit covers the task. Then a chunk that the ledger has already is not sent here: it counts as sent since
   * it was written down, and a copy of it might start besides. If it was lost, it is sent again as any lost chunk is.
   */
  limited: boolean;
}

/** What has become of it. */
export interface TaskSent {
  task_id: string;
  /** Subtasks that went out. */
  sent: number;
  /** Those of them that were cancelled before, and are in no job. */
  passed: number;
  /** As planned: the ledger was as expected, and has nothing at the new cursor or beyond. */
  outcome: SendOutcome;
  /** What kept the others from going out. */
  error?: unknown;
}

/** Chunks that go through the stages together. Between two portions the leases are renewed. */
const CHUNKS_AT_ONCE = 1_000;

/**
 * Sends what a pass has planned for the tasks of one pool, in stages for all tasks together: write the chunks into the
 * ledger, publish them, and when the broker has them, move the cursors. So the number of commands does not depend on
 * the number of tasks. A crash between any two stages repeats the same chunks, since whatever the ledger has at a
 * cursor wins over the plan. An error of one task stops that task alone.
 *
 * Nothing of a task is written, and no answer waited for, when its lease has ended: then another replica writes.
 */
export async function sendChunks(
  deps: Deps,
  pool: string,
  plans: readonly TaskToSend[],
  now: Date,
): Promise<TaskSent[]> {
  const sendings = plans.map(toSending);
  try {
    await keepOurs(deps, sendings);
    await layAroundLedger(deps, sendings.filter(isUnderWay));
    await deps.broker.declareJobQueue(pool);
    for (const portion of toSendPortions(sendings)) await sendPortion(deps, portion, now);
  } catch (error) {
    for (const sending of sendings.filter(isUnderWay)) stop(sending, 'not as planned', error);
  }
  return sendings.map(toSent);
}

/** A task on its way through the stages. */
interface Sending {
  plan: TaskToSend;
  /** Consecutive from the task's cursor. Those that the ledger has already are as they stand there. */
  chunks: readonly PlacedChunk[];
  /** Where the chunks end that the ledger has already. */
  writtenEnd: number;
  /** All before it has been sent, and the task's cursor is there. */
  cursor: number;
  passed: number;
  /** Undefined while it is under way. */
  outcome?: SendOutcome;
  error?: unknown;
}

/** The chunks of a task that are in one portion. */
interface Part {
  sending: Sending;
  chunks: readonly PlacedChunk[];
}

/** As it is planned, or as the ledger has it. */
type PlacedChunk = PlacedStretch | (Chunk & PlacedStretch);

const toSending = (plan: TaskToSend): Sending => {
  return { plan, chunks: plan.planned, writtenEnd: 0, cursor: plan.task.cursor, passed: 0 };
};
const idOf = ({ plan }: Sending): string => plan.task.task_id;
const isUnderWay = ({ outcome }: Sending): boolean => outcome === undefined;
const isWritten = (chunk: PlacedChunk): chunk is Chunk & PlacedStretch => 'settled' in chunk;
const byPlace = (a: { place: number }, b: { place: number }): number => a.place - b.place;

function stop(sending: Sending, outcome: SendOutcome, error?: unknown): void {
  Object.assign(sending, { outcome, error });
}

function toSent({ plan: { task }, cursor, passed, writtenEnd, outcome, error }: Sending): TaskSent {
  const atEnd = cursor >= writtenEnd ? 'as planned' : 'not as planned';
  return { task_id: task.task_id, sent: cursor - task.cursor, passed, outcome: outcome ?? atEnd, error };
}

/** Stops those whose lease another replica has. */
async function keepOurs({ leases }: Deps, sendings: readonly Sending[]): Promise<void> {
  const open = sendings.filter(isUnderWay);
  const ours = await leases.hold(open.map(idOf));
  for (const sending of open) if (!ours.has(idOf(sending))) stop(sending, 'not ours');
}

async function layAroundLedger({ store }: Deps, sendings: readonly Sending[]): Promise<void> {
  const careful = sendings.filter(({ plan }) => plan.careful);
  const ahead = await store.chunks.findAhead(careful.map(({ plan }) => plan.task));
  for (const sending of careful) {
    const written = ahead.get(idOf(sending))!;
    sending.chunks = planAround(sending.cursor, sending.chunks, written);
    sending.writtenEnd = written.reduce((last, chunk) => Math.max(last, toEnd(chunk)), 0);
  }
}

/** A task with many chunks is in several portions, one after the other. */
function toSendPortions(sendings: readonly Sending[]): Part[][] {
  const all = sendings
    .filter(isUnderWay)
    .flatMap((sending) => sending.chunks.map((chunk) => ({ sending, chunk, place: chunk.place })))
    .sort(byPlace);
  return toPortions(all, CHUNKS_AT_ONCE).map((portion) =>
    [...groupBy(portion, ({ sending }) => sending)].map(([sending, items]) => ({
      sending,
      chunks: items.map(({ chunk }) => chunk),
    })),
  );
}

async function sendPortion(deps: Deps, portion: readonly Part[], now: Date): Promise<void> {
  const sendings = portion.map(({ sending }) => sending);
  await keepOurs(deps, sendings);
  const parts = portion.filter(({ sending }) => isUnderWay(sending));
  if (parts.length === 0) return;
  const ledger = await writeDown(deps, parts, now);
  await moveCursors(deps, await publishParts(deps, parts, ledger, now), now);
}

/** Writes down what the ledger does not have. Resolves with the chunks of each part as the ledger has them. */
async function writeDown({ store, leases }: Deps, parts: readonly Part[], now: Date): Promise<(Chunk | undefined)[][]> {
  const fresh = parts.flatMap(({ sending, chunks }) =>
    chunks
      .filter((chunk) => !isWritten(chunk))
      .map(({ first_index, count, postponed }) => {
        const waits = postponed && { waits: 'postponed' as const };
        return { task_id: idOf(sending), first_index, count, now, ...waits };
      }),
  );
  const leftMs = Math.min(...parts.map(({ sending }) => leases.leftMs(idOf(sending))));
  const opened = (await whileOurs(leftMs, () => store.chunks.openChunks(fresh))).values();
  return parts.map(({ chunks }) => chunks.map((chunk) => (isWritten(chunk) ? chunk : opened.next().value)));
}

/** A part whose first chunks are with the broker. */
interface PublishedPart extends Part {
  confirmed: readonly Chunk[];
  error?: unknown;
}

/** Publishes the chunks of all parts in the order of their places. */
async function publishParts(
  deps: Deps,
  parts: readonly Part[],
  ledger: readonly (readonly (Chunk | undefined)[])[],
  now: Date,
): Promise<PublishedPart[]> {
  await readSources(deps, parts);
  const chunksOf = parts.map((part, i) => takeConsecutive(ledger[i]!, part.sending.cursor));
  const inOrder = parts
    .flatMap(({ sending, chunks: placed }, i) =>
      chunksOf[i]!.map((chunk, j) => ({ sending, chunk, place: placed[j]!.place })),
    )
    .sort(byPlace);
  const work = new Map(inOrder.map(({ sending, chunk }) => [chunk, publishChunk(deps, sending, chunk, now)]));
  return Promise.all(
    parts.map(async (part, i) => {
      const chunks = chunksOf[i]!;
      const results = await Promise.allSettled(chunks.map((chunk) => work.get(chunk)));
      return toPublished(part, chunks, results, ledger[i]!);
    }),
  );
}

/**
 * What the jobs of a task are made from is in memory then, so that no job waits for it, and is passed by another one.
 * Where this fails, the job of the task fails, too.
 */
async function readSources({ store, leases }: Deps, parts: readonly Part[]): Promise<void> {
  const reads = parts.map(({ sending: { plan } }) => {
    const { task_id, total_targets } = plan.task;
    return whileOurs(leases.leftMs(task_id), () => store.tasks.getJobSource(task_id, total_targets));
  });
  await Promise.allSettled(reads);
}

async function publishChunk(deps: Deps, sending: Sending, chunk: Chunk, now: Date): Promise<void> {
  const { task, limited } = sending.plan;
  if (chunk.settled || chunk.waits || (limited && !isNew(chunk, now))) return;
  await whileOurs(deps.leases.leftMs(task.task_id), async () => {
    const indexes = task.ahead ? (await deps.store.chunks.findUntouched([chunk])).get(chunk)! : toIndexes(chunk);
    sending.passed += chunk.count - indexes.length;
    if (indexes.length > 0) await publishJob(deps, task, await toFirstAttempts(deps, task, indexes), { now });
  });
}

/** Subtasks of a task by their indexes. */
export async function toFirstAttempts(
  { store }: Pick<SendDeps, 'store'>,
  { task_id, total_targets }: SentTask,
  indexes: readonly number[],
): Promise<JobSubTask[]> {
  const { targets } = await store.tasks.getJobSource(task_id, total_targets);
  return indexes.map((index) => ({ subtask_id: toSubTaskId(task_id, index), ip: targets.member(index), attempt: 1 }));
}

function toPublished(
  part: Part,
  chunks: readonly Chunk[],
  results: readonly PromiseSettledResult<void>[],
  ledger: readonly (Chunk | undefined)[],
): PublishedPart {
  const failed = results.findIndex(({ status }) => status === 'rejected');
  if (failed >= 0) {
    const { reason: error } = results[failed] as PromiseRejectedResult;
    return { ...part, confirmed: chunks.slice(0, failed), error };
  }
  // A chunk that is being deleted has been sent by another replica.
  return { ...part, confirmed: chunks, ...(ledger.includes(undefined) && { error: new AppError('cursor_moved') }) };
}

async function moveCursors({ store }: Deps, published: readonly PublishedPart[], now: Date): Promise<void> {
  const moves = published.flatMap(({ sending, confirmed }) => {
    const last = confirmed.at(-1);
    return last ? [{ task_id: idOf(sending), from: sending.cursor, to: toEnd(last) }] : [];
  });
  const moved = await store.chunks.advanceCursors(moves);
  const ends = new Map(moves.map(({ task_id, to }) => [task_id, to]));
  for (const { sending, chunks, confirmed, error } of published) {
    const end = ends.get(idOf(sending)) ?? sending.cursor;
    if (end > sending.cursor && !moved.has(idOf(sending))) {
      stop(sending, 'not as planned', new AppError('cursor_moved'));
      continue;
    }
    sending.cursor = end;
    if (error !== undefined || !isAsPlanned(chunks, confirmed, now)) stop(sending, 'not as planned', error);
  }
}

/** Whether this pass has written the chunk down. */
const isNew = ({ dispatched_time }: Chunk, now: Date): boolean => dispatched_time.getTime() === now.getTime();

/** Whether every planned chunk was sent and the ledger held no unknown chunk. */
const isAsPlanned = (chunks: Part['chunks'], confirmed: readonly Chunk[], now: Date): boolean =>
  chunks.length === confirmed.length && confirmed.every((chunk, i) => isWritten(chunks[i]!) || isNew(chunk, now));

function whileOurs<Result>(leftMs: number, work: () => Promise<Result>): Promise<Result> {
  return leftMs > 0 ? within(work(), leftMs, toLeaseEnded) : Promise.reject(toLeaseEnded());
}

const toLeaseEnded = (): AppError => new AppError('lease_ended');
