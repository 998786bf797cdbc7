/**
 * How things stand under the rules. Each is given the subjects that alerts are about, or may soon be: those are looked at in any case,
 * so that nothing is taken for gone because it had no turn.
 */
import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import type { AlertLimits, AlertReading } from './core/alert-reading';
import { toNodeReading } from './core/node-reading';
import { toQueueReading } from './core/queue-reading';
import { createRoundMaximum } from './core/round-maximum';
import { toTaskReadings } from './core/task-readings';

export type AlertReader = (subjects: readonly string[], now: Date) => Promise<AlertReading[]>;

/** Open tasks that one pass looks at; the next one looks at the next. */
const PAGE = 2_000;
/** A task that ended still counts for so long. */
const ENDED_MS = 900_000;

/** `showOverlong` is told what the most overlong of all tasks comes to, as task_overlong measures it. */
export function createTaskReader(
  store: Store,
  limits: AlertLimits,
  showOverlong: (ratio: number) => void,
): AlertReader {
  let after: string | undefined;
  const toGreatest = createRoundMaximum();
  return async function readTasks(taskIds, now) {
    const endedAfter = new Date(now.getTime() - ENDED_MS);
    const page = await store.alertFacts.findWatchedTasks({ after, limit: PAGE, endedAfter, taskIds });
    after = page.next;
    const readings = page.tasks.flatMap((task) => toTaskReadings(task, { ...limits, endedAfter }, now));
    const ratios = readings.filter(({ rule }) => rule === 'task_overlong').map(({ value }) => value);
    showOverlong(toGreatest(ratios, after === undefined));
    return readings;
  };
}

export const createNodeReader =
  (store: Store, { nodeSilent }: AlertLimits): AlertReader =>
  async (_subjects, now) =>
    (await store.nodes.findNodes()).map((node) => toNodeReading(node, nodeSilent, now));

/** A pool's queue is there once somebody sends to it or takes from it. */
export const createQueueReader =
  ({ store, broker }: { store: Store; broker: Broker }, { backlog }: AlertLimits): AlertReader =>
  async (subjects, now) => {
    const ofPools = (await store.nodes.findPools()).map((pool) => toJobQueue(pool).name);
    const depths = await broker.queueDepths([...new Set([QUEUES.stateUpdates.name, ...subjects, ...ofPools])]);
    const lagSeconds = await store.queueLag.findLagSeconds(QUEUES.stateUpdates.name, now);
    return [...depths].map(([queue, { latest }]) => toQueueReading({ queue, depth: latest, lagSeconds }, backlog));
  };
