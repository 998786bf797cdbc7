/** From what the nodes have reported, by their own clocks: all processes of the fault tests are on one machine. */
import { parseSubTaskId } from '@cyberstroll/contracts';
import type { Evidence, LedgerUpdate, LimitedTasks, TaskDump, Violation } from './evidence';

const WINDOW_MS = 10_000;
const MONITOR = 'heartbeat-monitor';

interface Scan {
  /** Subtask and attempt. */
  attempt: string;
  started: number;
  /** Absent: its node died. */
  ended?: number;
}

export interface LimitFigures {
  starts: number;
  most_starts: number;
  most_at_once: number;
}

/** What the promise allows in any ten seconds. */
const toAllowed = ({ max_starts_per_second: rate }: LimitedTasks): number => Math.floor(10 * rate + Math.max(rate, 2));

/** I17: tasks behind a limit begin no more than it allows; what a lost node held comes on top of what runs at once. */
export function checkLimits(evidence: Evidence): Violation[] {
  const { limited } = evidence;
  if (!limited) return [];
  const { most_starts, most_at_once } = measureLimited(evidence, limited);
  const found = (what: string): Violation => ({ invariant: 'I17', where: limited.task_ids.join(' '), what });
  const allowed = toAllowed(limited);
  return [
    ...(most_starts > allowed ? [found(`${most_starts} scans started in 10 s, ${allowed} may`)] : []),
    ...(most_at_once > limited.max_concurrent
      ? [found(`${most_at_once} scans ran at once, ${limited.max_concurrent} may`)]
      : []),
  ];
}

export function measureLimited({ ledger, tasks }: Evidence, { task_ids }: LimitedTasks): LimitFigures {
  const scans = findScans(
    ledger.filter((entry) => entry.kind === 'update'),
    new Set(task_ids),
  );
  const lost = findLost(tasks.filter(({ task }) => task_ids.includes(task.task_id)));
  const starts = scans.map(({ started }) => started).sort((a, b) => a - b);
  return {
    starts: starts.length,
    most_starts: countMostStarts(starts),
    most_at_once: countMostAtOnce(scans.filter(({ attempt, ended }) => ended !== undefined && !lost.has(attempt))),
  };
}

/** Each update has all that its node knew about the claim. */
function findScans(updates: readonly LedgerUpdate[], taskIds: ReadonlySet<string>): Scan[] {
  const scans = new Map<string, Scan>();
  for (const { node_id, subtask_id, attempt, lease_id, started_time, completed_time } of updates) {
    if (node_id === undefined || started_time === undefined) continue;
    if (!taskIds.has(parseSubTaskId(subtask_id)?.taskId ?? '')) continue;
    const key = `${node_id} ${lease_id}`;
    const ended = completed_time ?? scans.get(key)?.ended;
    scans.set(key, {
      attempt: `${subtask_id} ${attempt}`,
      started: started_time,
      ...(ended !== undefined && { ended }),
    });
  }
  return [...scans.values()];
}

/** The attempts that heartbeat-monitor has reassigned: their node was lost, or stood still for that long. */
function findLost(tasks: readonly TaskDump[]): Set<string> {
  const subTasks = tasks.flatMap((dump) => dump.subTasks);
  return new Set(
    subTasks.flatMap(({ subtask_id, status_history }) =>
      status_history
        .filter(({ status, operator }) => status === 'FAILED' && operator === MONITOR)
        .map(({ attempt }) => `${subtask_id} ${attempt}`),
    ),
  );
}

function countMostStarts(starts: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [place, time] of starts.entries()) {
    while (time - starts[first]! > WINDOW_MS) first++;
    most = Math.max(most, place - first + 1);
  }
  return most;
}

/** What ends in a millisecond ends before anything starts in it. */
function countMostAtOnce(scans: readonly Scan[]): number {
  const changes = scans.flatMap(({ started, ended }) => [
    { time: started, by: 1 },
    { time: ended!, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of changes.sort((a, b) => a.time - b.time || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}
