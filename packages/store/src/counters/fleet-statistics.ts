import {
  addProgress,
  type FleetStatistics,
  STATISTICS_WINDOW_SECONDS,
  type Task,
  toProgress,
} from '@cyberstroll/contracts';
import { isEndedTask, TASK_STATUSES } from '@cyberstroll/state-machine';
import { listPools, runningSeconds, sumShards, toRates } from '@cyberstroll/task-state';
import type { Connection } from 'mongoose';
import { countWaitingDeadLetters } from '../dead-letters/count-waiting-dead-letters';
import { addSlots, countStandings, findNodeSlots } from '../fleet/node-slots';
import type { Models } from '../mongodb/create-models';
import type { TaskProgressDocument } from '../mongodb/documents';
import { countActiveAlerts, countLeases } from './count-standing';

/** Open tasks, and ended ones, that are read at once. */
const MAX_TASKS = 2_000;

type CountedTask = Pick<
  Task,
  'task_id' | 'status' | 'config' | 'progress' | 'started_time' | 'paused_time' | 'paused_seconds' | 'completed_time'
>;

export interface Statistics {
  /** Bounded reads: for a poll every few seconds, not for each of many requests. */
  getFleetStatistics(now?: Date): Promise<FleetStatistics>;
}

export function createStatistics(connection: Connection, models: Models, maxTasks = MAX_TASKS): Statistics {
  return {
    async getFleetStatistics(now = new Date()) {
      const [statuses, { tasks, isComplete }, nodes, deadLetters, alerts, leases] = await Promise.all([
        countByStatus(models),
        findCountedTasks(models, maxTasks, now),
        findNodeSlots(models, now),
        countWaitingDeadLetters(models),
        countActiveAlerts(models),
        countLeases(connection, models),
      ]);
      const shards = (await models.taskProgress.collection
        .find(
          { task_id: { $in: tasks.map(({ task_id }) => task_id) } },
          { projection: { _id: 0, task_id: 1, seq: 1, counts: 1, stats: 1, error_codes: 1, reassigned: 1 } },
        )
        .toArray()) as unknown as TaskProgressDocument[];
      const { progress, counters } = addUp(tasks, shards);
      return {
        timestamp: now,
        tasks: statuses,
        window_seconds: STATISTICS_WINDOW_SECONDS,
        counted_tasks: tasks.length,
        is_complete: isComplete,
        ...toRates(progress, counters, addSlots(nodes)),
        time_used: toTimeUsed(tasks, now),
        nodes: countStandings(nodes),
        pools: Object.fromEntries(listPools(nodes).map((pool) => [pool, addSlots(nodes, pool).capacity])),
        ...deadLetters,
        alerts_active: alerts,
        leases,
      };
    },
  };
}

async function countByStatus(models: Models): Promise<FleetStatistics['tasks']> {
  const counts = await Promise.all(
    TASK_STATUSES.map(async (status) => [status, await models.tasks.collection.countDocuments({ status })]),
  );
  return Object.fromEntries(counts);
}

async function findCountedTasks(
  models: Models,
  maxTasks: number,
  now: Date,
): Promise<{ tasks: CountedTask[]; isComplete: boolean }> {
  const projection = {
    _id: 0,
    task_id: 1,
    status: 1,
    config: 1,
    progress: 1,
    started_time: 1,
    paused_time: 1,
    paused_seconds: 1,
    completed_time: 1,
  };
  const endedAfter = new Date(now.getTime() - STATISTICS_WINDOW_SECONDS * 1_000);
  const lists = (await Promise.all([
    models.tasks.collection
      .find({ settled: false }, { projection })
      .sort({ task_id: 1 })
      .limit(maxTasks + 1)
      .toArray(),
    models.tasks.collection
      .find({ completed_time: { $gt: endedAfter } }, { projection })
      .sort({ completed_time: -1 })
      .limit(maxTasks + 1)
      .toArray(),
  ])) as unknown as CountedTask[][];
  const tasks = new Map(lists.flatMap((list) => list.slice(0, maxTasks)).map((task) => [task.task_id, task]));
  return { tasks: [...tasks.values()], isComplete: lists.every((list) => list.length <= maxTasks) };
}

/** What no node has touched is pending in an open task and cancelled in an ended one: they are added up apart. */
function addUp(tasks: readonly CountedTask[], shards: readonly TaskProgressDocument[]) {
  const isEnded = new Map(tasks.map(({ task_id, status }) => [task_id, isEndedTask(status)]));
  const [open, ended] = [false, true].map((wanted) => {
    const total = tasks
      .filter(({ status }) => isEndedTask(status) === wanted)
      .reduce((sum, task) => sum + task.progress.total_targets, 0);
    const { touched, stats } = sumShards(shards.filter(({ task_id }) => isEnded.get(task_id) === wanted));
    return toProgress(total, touched, wanted, stats.retries);
  });
  return { progress: addProgress(open!, ended!), counters: sumShards(shards) };
}

function toTimeUsed(tasks: readonly CountedTask[], now: Date): number | null {
  const used = tasks
    .filter(({ status, config }) => status === 'RUNNING' && config.timeout > 0)
    .map((task) => runningSeconds(task, now) / task.config.timeout);
  return used.length === 0 ? null : Math.max(...used);
}
