import {
  NODE_COUNT_INTERVALS,
  NODE_COUNT_SECONDS,
  type NodeCounts,
  type NodeCountsAnswer,
  type ScanErrorCode,
  type SubTaskTransition,
} from '@cyberstroll/contracts';

const INTERVAL_MS = NODE_COUNT_SECONDS * 1_000;

/** What nodes have closed in one interval. */
export interface IntervalCounts {
  /** The beginning of the interval. */
  timestamp: Date;
  nodes: ({ node_id: string } & Closed)[];
}
interface Closed {
  completed: number;
  failed: number;
}

const toInterval = (time: Date): number => Math.floor(time.getTime() / INTERVAL_MS) * INTERVAL_MS;

export interface NodeTally {
  /** An attempt counts for its node, in the interval in which its end was written. */
  add(transitions: readonly Pick<SubTaskTransition, 'status' | 'node_id' | 'error_code'>[], now: Date): void;
  hasChanged(): boolean;
  /** The whole of each interval that has changed since the last call. */
  takeChanged(now: Date): IntervalCounts[];
  /** They are taken once more. */
  putBack(counts: readonly IntervalCounts[]): void;
}

const FIELDS: Partial<Record<SubTaskTransition['status'], keyof Closed>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  TIMEOUT: 'failed',
};

/** Codes of what a node gave back without a scan: it stops, may not begin, or does not scan so. */
const GIVEN_BACK: ReadonlySet<string | undefined> = new Set<ScanErrorCode>([
  'NODE_DRAINING',
  'TASK_HELD',
  'METHOD_UNSUPPORTED',
]);

/** Adds up what nodes close, by interval and node. */
export function createNodeTally(): NodeTally {
  const intervals = new Map<number, Map<string, Closed>>();
  const changed = new Set<number>();
  return {
    add(transitions, now) {
      const interval = toInterval(now);
      for (const { status, node_id, error_code } of transitions) {
        const field = FIELDS[status];
        if (field === undefined || node_id === undefined || GIVEN_BACK.has(error_code)) continue;
        const nodes = intervals.get(interval) ?? new Map<string, Closed>();
        intervals.set(interval, nodes);
        const closed = nodes.get(node_id) ?? { completed: 0, failed: 0 };
        nodes.set(node_id, closed);
        closed[field] += 1;
        changed.add(interval);
      }
    },
    hasChanged: () => changed.size > 0,
    takeChanged(now) {
      for (const interval of intervals.keys()) {
        // A batch that began before the end of an interval may still be counted in it.
        const isOver = interval < toInterval(now) - INTERVAL_MS;
        if (isOver && !changed.has(interval)) intervals.delete(interval);
      }
      const taken = [...changed].map((interval) => ({
        timestamp: new Date(interval),
        nodes: [...intervals.get(interval)!].map(([node_id, closed]) => ({ node_id, ...closed })),
      }));
      changed.clear();
      return taken;
    },
    putBack(counts) {
      for (const { timestamp } of counts) changed.add(timestamp.getTime());
    },
  };
}

/** The beginning of the oldest interval that is shown. */
export const toCountsSince = (now: Date): Date => new Date(toInterval(now) - (NODE_COUNT_INTERVALS - 1) * INTERVAL_MS);

/** The counts of all updaters, by node. */
export function sumNodeCounts(counted: readonly IntervalCounts[], now: Date, most: number): NodeCountsAnswer {
  const since = toCountsSince(now);
  const byNode = new Map<string, NodeCounts>();
  for (const { timestamp, nodes } of counted) {
    const place = (timestamp.getTime() - since.getTime()) / INTERVAL_MS;
    if (EMPTY[place] === undefined) continue;
    for (const { node_id, completed, failed } of nodes) {
      const sums = byNode.get(node_id) ?? { node_id, completed: [...EMPTY], failed: [...EMPTY] };
      byNode.set(node_id, sums);
      sums.completed[place]! += completed;
      sums.failed[place]! += failed;
    }
  }
  const items = [...byNode.values()].sort((one, other) => (one.node_id < other.node_id ? -1 : 1));
  return {
    since,
    timestamp: now,
    interval_seconds: NODE_COUNT_SECONDS,
    more: items.length > most,
    items: items.slice(0, most),
  };
}

const EMPTY: readonly number[] = Array(NODE_COUNT_INTERVALS).fill(0);
