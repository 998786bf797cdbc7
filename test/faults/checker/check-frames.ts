import type { ProgressUpdate } from '@cyberstroll/contracts';
import { isEndedTask, type TaskStatus } from '@cyberstroll/state-machine';
import type { Evidence, Violation } from './evidence';

/** I10, for each connection: whole snapshots, rising, and the end last. */
export function checkFrames({ tasks, ledger, openConnections }: Evidence): Violation[] {
  const connections = new Map<string, ProgressUpdate[]>(openConnections.map((connection) => [connection, []]));
  for (const entry of ledger) {
    if (entry.kind !== 'frame') continue;
    const frames = connections.get(entry.connection) ?? [];
    connections.set(entry.connection, frames);
    frames.push(entry.update);
  }
  const dumps = new Map(tasks.map((dump) => [dump.task.task_id, dump]));
  const violations: Violation[] = [];
  for (const [where, frames] of connections) {
    const found = (what: string) => violations.push({ invariant: 'I10', where, what });
    for (const [i, frame] of frames.entries()) {
      const before = frames[i - 1];
      const { total_targets, ...buckets } = frame.counts;
      const sum = Object.values(buckets).reduce((all, count) => all + count, 0);
      if (sum !== total_targets) found(`frame ${frame.seq} is no whole snapshot: ${sum} of ${total_targets}`);
      if (!before) continue;
      if (frame.seq <= before.seq) found(`frame ${frame.seq} came after ${before.seq}`);
      const isReopened = isEndedTask(before.status as TaskStatus) && frame.status === 'RUNNING';
      if (!isReopened && countResting(frame) < countResting(before)) {
        found(`${countResting(before)} rested at ${before.seq}, ${countResting(frame)} at ${frame.seq}`);
      }
    }
    if (!openConnections.includes(where)) continue;
    const last = frames.at(-1);
    const dump = last && dumps.get(last.task_id);
    if (!last) found('there was no frame');
    else if (dump && isEndedTask(dump.task.status) && last.status !== dump.task.status) {
      found(`the last frame says ${last.status}, the task is ${dump.task.status}`);
    }
  }
  return violations;
}

const countResting = ({ counts }: ProgressUpdate) =>
  counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count;
