import { QUEUES, type StateRule, toJobQueue } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Store, WatchedTask } from '@cyberstroll/store';
import type { AlertLimits, AlertReading } from '../core/alert-reading';
import type { AlertFacts } from '../core/evaluate-rules';
import { toNodeReading } from '../core/node-reading';
import { toQueueReading } from '../core/queue-reading';
import { toTaskReadings } from '../core/task-readings';

/** Open tasks that one pass looks at; the next one looks at the next. */
const PAGE = 2_000;
const MAX_POOLS = 100;
/** A task that ended still counts for so long. */
const ENDED_MS = 900_000;

export interface AlertFactsDeps {
  store: Store;
  broker: Broker;
  /** Whether this replica has heard the nodes for long enough. */
  canJudgeSilence: (now: Date) => boolean;
  limits: AlertLimits;
}

/** How tasks, nodes and queues stand. `taskIds` are looked at in any case: nothing is taken for gone because it had no turn. */
export function createAlertFactsReader({ store, broker, canJudgeSilence, limits }: AlertFactsDeps) {
  let after: string | undefined;

  return async function readAlertFacts(taskIds: readonly string[], now: Date): Promise<AlertFacts> {
    const unread = new Set<StateRule>();
    const endedAfter = new Date(now.getTime() - ENDED_MS);
    const page = await store.alertFacts.findWatchedTasks({ after, limit: PAGE, endedAfter, taskIds });
    after = page.next;
    const nodes = await store.nodes.findNodes();
    const pools = new Set([...nodes.flatMap((node) => node.pools), ...page.tasks.map(({ config }) => config.pool)]);
    const readings: AlertReading[] = [
      ...page.tasks.flatMap((task: WatchedTask) => toTaskReadings(task, { ...limits, endedAfter }, now)),
      ...nodes.map((node) => toNodeReading(node, limits.nodeSilent, now)),
    ];
    if (!canJudgeSilence(now)) unread.add('node_silent');
    const depths = await readDepths([...pools].slice(0, MAX_POOLS));
    if (depths) readings.push(...depths.map((depth) => toQueueReading(depth, limits.backlog)));
    else unread.add('queue_backlog');
    return { readings: readings.filter(({ rule }) => !unread.has(rule)), unread };
  };

  /** Undefined where the broker does not answer. A pool's queue is there once somebody sends to it or takes from it. */
  async function readDepths(pools: readonly string[]): Promise<{ queue: string; depth: number }[] | undefined> {
    const queues = [QUEUES.stateUpdates.name, ...pools.map((pool) => toJobQueue(pool).name)];
    const depths = await broker.queueDepths(queues).catch(() => undefined);
    return depths && [...depths].map(([queue, depth]) => ({ queue, depth }));
  }
}
