import { type ProgressUpdate, toBuckets } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Evidence, LedgerFrame, TaskDump, Violation } from './evidence';

/** From the commit of a task's end to the frame that reports it; checked where the machine is timed. */
const END_WITHIN_MS = 2_000;

/**
 * I10, for each connection: whole snapshots, rising, and the end last, in time. Who connects again is shown nothing
 * older than before. Somebody was sent each task to its end.
 */
export function checkFrames({ tasks, ledger, openConnections, calm, isTimed }: Evidence): Violation[] {
  const connections = new Map<string, LedgerFrame[]>(openConnections.map((connection) => [connection, []]));
  const lastSeen = new Map<string, ProgressUpdate>();
  const violations: Violation[] = [];
  const found = (where: string, what: string) => violations.push({ invariant: 'I10', where, what });

  for (const entry of ledger) {
    if (entry.kind !== 'frame') continue;
    const { subscriber, connection, update } = entry;
    const frames = connections.get(connection) ?? [];
    connections.set(connection, frames);
    const { total_targets } = update.counts;
    const sum = Object.values(toBuckets(update.counts)).reduce((all, count) => all + count, 0);
    if (sum !== total_targets)
      found(connection, `frame ${update.seq} is no whole snapshot: ${sum} of ${total_targets}`);
    const before = lastSeen.get(subscriber);
    if (before) for (const what of findTransitionsBack(before, update, frames.length === 0)) found(connection, what);
    lastSeen.set(subscriber, update);
    frames.push(entry);
  }

  const dumps = new Map(tasks.map((dump) => [dump.task.task_id, dump]));
  const shown = new Set<string>();
  for (const connection of openConnections) {
    const frames = connections.get(connection)!;
    const dump = dumps.get(frames[0]?.update.task_id ?? '');
    if (frames.length === 0) found(connection, 'there was no frame');
    if (!dump) continue;
    shown.add(dump.task.task_id);
    for (const what of findMissedEnd(frames, dump, { isTimed, calmSince: calm?.since })) found(connection, what);
  }
  for (const { task } of tasks) if (!shown.has(task.task_id)) found(task.task_id, 'no subscriber was there');
  return violations;
}

function findTransitionsBack(before: ProgressUpdate, frame: ProgressUpdate, isFirst: boolean): string[] {
  const found: string[] = [];
  if (isFirst ? frame.seq < before.seq : frame.seq <= before.seq)
    found.push(`frame ${frame.seq} came after ${before.seq}`);
  const isReopened = isEndedTask(before.status as TaskStatus) && frame.status === 'RUNNING';
  if (!isReopened && countClosed(frame) < countClosed(before)) {
    found.push(`${countClosed(before)} rested at ${before.seq}, ${countClosed(frame)} at ${frame.seq}`);
  }
  return found;
}

/**
 * The commit of an end that came before `calmSince` may have had to wait for an engine, later than the time that it
 * bears.
 */
function findMissedEnd(
  frames: readonly LedgerFrame[],
  { task }: TaskDump,
  { isTimed = false, calmSince = 0 }: { isTimed?: boolean | undefined; calmSince?: number | undefined },
): string[] {
  const { status, status_history } = task;
  if (!isEndedTask(status)) return [];
  const last = frames.at(-1)!.update.status;
  if (last !== status) return [`the last frame says ${last}, the task is ${status}`];
  if (!isTimed) return [];
  // Its `completed_time` is that of the last scan, which may have been reported later.
  const endedAt = status_history.at(-1)?.timestamp.getTime();
  const reportedAt = frames.find(({ update }) => update.status === status)!.received_at;
  if (endedAt === undefined || endedAt < calmSince || frames[0]!.received_at >= endedAt) return [];
  return reportedAt - endedAt > END_WITHIN_MS ? [`the end was reported after ${reportedAt - endedAt} ms`] : [];
}

const countClosed = ({ counts }: ProgressUpdate) =>
  counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count;
