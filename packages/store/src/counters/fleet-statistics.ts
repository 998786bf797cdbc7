import {
  ALERT_RULE_NAMES,
  type FleetStatistics,
  type Freeze,
  type Silence,
  STATISTICS_WINDOW_SECONDS,
  type Task,
  type TaskStatistics,
  taskSchema,
} from '@cyberstroll/contracts';
import { isEndedTask, TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import {
  addProgress,
  addSlots,
  countStandings,
  isInForce,
  listPools,
  runningSeconds,
  sumShards,
  toProgress,
  toRates,
  toTaskStatistics,
} from '@cyberstroll/task-state';
import { whereNotSilenced, whereSilenced } from '../alerts/silence-store';
import { countWaitingDeadLetters } from '../dead-letters/dead-letter-store';
import { countPoolSlots, findNodeSlots } from '../fleet/node-slots';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import { LEASE_PREFIX, type TaskProgressDocument } from '../mongodb/models/documents';
import { findFields, project } from '../mongodb/models/fields';
import { findUnsettledTasks } from '../mongodb/models/find-tasks';
import { createCheck } from '../mongodb/queries/readable';
import { getTaskAndCounters } from './read-counters';

/** The number of open tasks, and of ended ones, that are read at once. */
const MAX_TASKS = 2_000;
const MAX_ALERTS = 100_000;
const MAX_LEASES = 20_000;

const COUNTED_TASK = [
  'task_id',
  'status',
  'config',
  'progress',
  'started_time',
  'paused_time',
  'paused_seconds',
  'completed_time',
] as const;
const isCountedTask = createCheck(taskSchema, COUNTED_TASK);
type CountedTask = Pick<Task, (typeof COUNTED_TASK)[number]>;

const COUNTED_SHARD = ['task_id', 'seq', 'counts', 'stats', 'error_codes', 'reassigned'];

export type Statistics = ReturnType<typeof createStatistics>;

const MAX_FREEZES_SHOWN = 20;

/** Of freezes, of held tasks, and of silences. */
export interface RuleFigures {
  findAll(now: Date): Promise<Freeze[]>;
  countHeld(): Promise<FleetStatistics['tasks_held']>;
  findInForce(now: Date): Promise<Silence[]>;
}

export function createStatistics(db: Database, { findAll, countHeld, findInForce }: RuleFigures, maxTasks = MAX_TASKS) {
  return {
    /** Rejects with AppError `missing` `task_not_found`. */
    async getTaskStatistics(taskId: string): Promise<TaskStatistics> {
      const { task, counters } = await getTaskAndCounters(db, taskId);
      const now = new Date();
      const [capacity, deadLetters] = await Promise.all([
        countPoolSlots(db, task.config.pool, now),
        countWaitingDeadLetters(db, taskId),
      ]);
      return toTaskStatistics(task, counters, { capacity, deadLetters }, now);
    },
    /** The reads are bounded, but there are many: call it every few seconds, not for every request. */
    async getFleetStatistics(now: Date = new Date()): Promise<FleetStatistics> {
      const [statuses, { tasks, isComplete }, { nodes, gone }, deadLetters, alerts, leases, rules, held] =
        await Promise.all([
          countByStatus(db),
          findCountedTasks(db, maxTasks, now),
          findNodeSlots(db, now),
          countWaitingDeadLetters(db),
          findInForce(now).then((silences) => countActiveAlerts(db, silences)),
          countLeases(db),
          findAll(now),
          countHeld(),
        ]);
      const shards = await findShards(db, tasks);
      const { progress, counters } = addUp(tasks, shards);
      const standings = countStandings(nodes);
      return {
        timestamp: now,
        tasks: statuses,
        window_seconds: STATISTICS_WINDOW_SECONDS,
        counted_tasks: tasks.length,
        is_complete: isComplete,
        ...toRates(progress, counters, addSlots(nodes)),
        time_used: toTimeUsed(tasks, now),
        nodes: { ...standings, offline: standings.offline + gone },
        pools: Object.fromEntries(listPools(nodes).map((pool) => [pool, addSlots(nodes, pool).capacity])),
        ...deadLetters,
        ...alerts,
        freezes: rules.filter((rule) => isInForce(rule, now)).slice(-MAX_FREEZES_SHOWN),
        tasks_held: held,
        leases,
      };
    },
  };
}

async function findShards(db: Database, tasks: readonly CountedTask[]): Promise<TaskProgressDocument[]> {
  if (tasks.length === 0) return [];
  const filter = { task_id: { $in: tasks.map(({ task_id }) => task_id) } };
  return db.taskProgress.find(filter, { projection: project(COUNTED_SHARD) }).toArray();
}

async function countByStatus(db: Database): Promise<FleetStatistics['tasks']> {
  const counted = await db.tasks
    .aggregate<{ _id: TaskStatus; count: number }>([
      // The condition is there for the index, which has all that is read.
      { $match: { status: { $in: TASK_STATUSES } } },
      { $group: { _id: '$status', count: { $sum: 1 } } },
    ])
    .toArray();
  const counts = new Map(counted.map(({ _id, count }) => [_id, count]));
  return Object.fromEntries(
    TASK_STATUSES.map((status) => [status, counts.get(status) ?? 0]),
  ) as FleetStatistics['tasks'];
}

async function findCountedTasks(
  db: Database,
  maxTasks: number,
  now: Date,
): Promise<{ tasks: CountedTask[]; isComplete: boolean }> {
  const endedAfter = new Date(now.getTime() - STATISTICS_WINDOW_SECONDS * 1_000);
  const lists = await Promise.all([
    findUnsettledTasks(db, COUNTED_TASK)
      .limit(maxTasks + 1)
      .toArray(),
    findFields(db.tasks, { completed_time: { $gt: endedAfter } }, COUNTED_TASK)
      .sort({ completed_time: -1 })
      .limit(maxTasks + 1)
      .toArray(),
  ]);
  const tasks = new Map(lists.flatMap((list) => list.slice(0, maxTasks)).map((task) => [task.task_id, task]));
  return {
    tasks: [...tasks.values()].filter(isCountedTask),
    isComplete: lists.every((list) => list.length <= maxTasks),
  };
}

/**
 * An untouched subtask is pending in an open task and cancelled in an ended one, so the two kinds of tasks are added
 * up separately.
 */
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

/** The number of alerts whose condition lasts: by rule those that no silence covers, and all others. */
async function countActiveAlerts(
  { alerts }: Database,
  silences: readonly Silence[],
): Promise<Pick<FleetStatistics, 'alerts_active' | 'alerts_silenced'>> {
  const count = async (covered: object) => {
    const groups = await alerts
      .aggregate<{ _id: string; count: number }>([
        { $match: { active: true, ...covered } },
        { $limit: MAX_ALERTS },
        { $group: { _id: '$rule', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(groups.map((group) => [group._id, group.count]));
  };
  const active = await count(whereNotSilenced(silences));
  const silenced = silences.length === 0 ? new Map<string, number>() : await count(whereSilenced(silences));
  return {
    alerts_active: Object.fromEntries(
      ALERT_RULE_NAMES.map((rule) => [rule, active.get(rule) ?? 0]),
    ) as FleetStatistics['alerts_active'],
    alerts_silenced: [...silenced.values()].reduce((sum, ofRule) => sum + ofRule, 0),
  };
}

/** The number of leases that have not expired. Leases are acquired by the database's clock, so it is used here too. */
async function countLeases(db: Database): Promise<FleetStatistics['leases']> {
  const held = await db.leases
    .find({ expires: { $gt: await getDatabaseTime(db) } }, { projection: { _id: 1 } })
    .limit(MAX_LEASES)
    .toArray();
  const count = (prefix: string) => held.filter(({ _id }) => _id.startsWith(prefix)).length;
  const tasks = count(LEASE_PREFIX.dispatch);
  return { tasks, sweeps: held.length - tasks - count(LEASE_PREFIX.session) };
}
