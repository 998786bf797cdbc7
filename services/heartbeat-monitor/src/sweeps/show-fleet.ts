import {
  type FleetStatistics,
  NODE_SAMPLE_SECONDS,
  SAMPLE_SECONDS,
  type StatisticsSample,
  toBuckets,
} from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

const SAMPLES_PER_NODE_SAMPLE = NODE_SAMPLE_SECONDS / SAMPLE_SECONDS;

/**
 * Reads the figures of the fleet, and shows them as metrics. For the charts of the last hour it keeps them each ten
 * seconds, and those of the nodes each minute.
 */
export function createFleetSweep({
  store,
  show,
}: {
  store: { statistics: Pick<Store['statistics'], 'getFleetStatistics'> } & Pick<
    Store,
    'queues' | 'queueLag' | 'samples' | 'nodeSamples'
  >;
  show: (fleet: FleetStatistics) => void;
}) {
  let last = 0;
  let lastMinute = 0;
  return async function showFleetOnce(now: Date): Promise<Counts> {
    const slot = Math.floor(now.getTime() / (SAMPLE_SECONDS * 1_000));
    const fleet = await store.statistics.getFleetStatistics(now);
    show(fleet);
    if (slot === last) return { samples: 0, nodes: 0 };
    const [lag, depths] = await Promise.all([store.queueLag.findLagSeconds(now), store.queues.findDepths(now)]);
    await store.samples.add(toSample(fleet, lag ?? null, depths));
    last = slot;
    const minute = Math.floor(slot / SAMPLES_PER_NODE_SAMPLE);
    const nodes = minute === lastMinute ? 0 : await store.nodeSamples.take(now);
    lastMinute = minute;
    return { samples: 1, nodes };
  };
}

function toSample(
  fleet: FleetStatistics,
  update_queue_lag: number | null,
  depths: ReadonlyMap<string, number>,
): StatisticsSample {
  const { timestamp, counted_tasks, is_complete, updates_applied_total, nodes, tasks } = fleet;
  return {
    timestamp,
    counted_tasks,
    is_complete,
    updates_applied_total,
    update_queue_lag,
    nodes,
    subtasks: toBuckets(fleet.progress),
    slots: { used: fleet.active_tasks, total: fleet.max_capacity },
    tasks: { queued: tasks.QUEUED, running: tasks.RUNNING, paused: tasks.PAUSED },
    ...(depths.size > 0 && { queues: toNonempty(depths) }),
  };
}

/** Most queues are empty most of the time: a sample names the others. */
const toNonempty = (depths: ReadonlyMap<string, number>) =>
  [...depths].filter(([, messages]) => messages > 0).map(([queue, messages]) => ({ queue, messages }));
