import { type GetFleetPace, sumShards } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { findFields, project } from '../mongodb/models/fields';
import { countPoolSlots } from './node-slots';

/** How long a pace counts as current. */
const FRESH_MS = 10_000;
/** The number of open tasks, and of ended ones, whose scans are looked at. */
const MAX_TASKS = 20;

/**
 * Slots divided by the mean time of the latest scans. It costs three small reads per pool every ten seconds, and only
 * if it is asked for.
 */
export function createFleetPace(db: Database): GetFleetPace {
  const known = new Map<string, { readAt: number; pace: Promise<number | undefined> }>();

  async function findTaskIds(filter: object, sort: Record<string, 1 | -1>): Promise<string[]> {
    const tasks = await findFields(db.tasks, filter, ['task_id']).sort(sort).limit(MAX_TASKS).toArray();
    return tasks.map(({ task_id }) => task_id);
  }

  async function readPace(pool: string): Promise<number | undefined> {
    const [capacity, ...taskIds] = await Promise.all([
      countPoolSlots(db, pool, new Date()),
      findTaskIds({ settled: false }, { task_id: -1 }),
      findTaskIds({ completed_time: { $exists: true } }, { completed_time: -1 }),
    ]);
    if (capacity === 0) return undefined;
    const shards = await db.taskProgress
      .find({ task_id: { $in: taskIds.flat() } }, { projection: project(['seq', 'stats']) })
      .toArray();
    const { executions, execution_seconds } = sumShards(shards).stats;
    return execution_seconds > 0 ? (capacity * executions) / execution_seconds : undefined;
  }

  return function getFleetPace(pool) {
    const now = performance.now();
    const last = known.get(pool);
    if (last && now - last.readAt < FRESH_MS) return last.pace;
    for (const [name, { readAt }] of known) if (now - readAt >= FRESH_MS) known.delete(name);
    const pace = readPace(pool);
    known.set(pool, { readAt: now, pace });
    pace.catch(() => known.delete(pool));
    return pace;
  };
}
