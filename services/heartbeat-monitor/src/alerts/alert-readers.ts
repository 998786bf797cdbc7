/**
 * The readers of the alert rules. Each gets the subjects of active and pending alerts and reads them in any case, so
 * that no alert is cleared because its subject was not on the page.
 */
import { groupBy, QUEUES, SCHEDULE_PAUSER, SYSTEM_SUBJECT, toJobQueue } from '@cyberstroll/contracts';
import type { Broker } from '@cyberstroll/messaging';
import type { Store } from '@cyberstroll/store';
import { NODE_GONE_AFTER_MS } from '@cyberstroll/task-state';
import type { ShownLimit } from '../metrics/gauges';
import {
  type AlertLimits,
  type AlertReading,
  createRoundMaximum,
  type LateRun,
  NOTICE_MS,
  SCHEDULE_LATE_MS,
  toDeadLetterReading,
  toExclusionReading,
  toKeyReading,
  toLateReading,
  toNodeReading,
  toOperationReading,
  toQueueReading,
  toStoppedReading,
  toTaskReadings,
  toUnreadableReading,
} from './core/alert-readings';
import { createStarvedTasks } from './core/starved-tasks';

export type AlertReader = (subjects: readonly string[], now: Date) => Promise<AlertReading[]>;

/** Open tasks per pass. The next pass reads the next page. */
const PAGE = 2_000;
/** A task is read for this long after its end. */
const ENDED_MS = 900_000;

/** Passes the greatest `task_overlong` value of all open tasks to `showOverlong`. */
export function createTaskReader(
  store: Pick<Store, 'alertFacts'>,
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
  (store: Pick<Store, 'nodes'>, { nodeSilent }: AlertLimits): AlertReader =>
  async (nodeIds, now) => {
    // A node that is gone has no reading that raises an alert.
    const nodes = await store.nodes.findSeen(new Date(now.getTime() - NODE_GONE_AFTER_MS), nodeIds);
    return nodes.map((node) => toNodeReading(node, nodeSilent, now));
  };

/** Reads the operation of each action that is the next one. The others wait for it. */
export const createOperationReader =
  (store: Pick<Store, 'operations'>, { operationStalled }: AlertLimits): AlertReader =>
  async (_subjects, now) => {
    const due = await store.operations.findDue();
    return due.map((operation) => toOperationReading(operation, operationStalled, now));
  };

/** One that has ended or was lifted has no reading, so its alert is cleared. */
export const createExclusionReader =
  (store: Pick<Store, 'exclusions'>): AlertReader =>
  async (_subjects, now) =>
    (await store.exclusions.findOpen(now)).map((exclusion) => toExclusionReading(exclusion, now));

export const createUnreadableReader =
  (store: Pick<Store, 'unreadable'>): AlertReader =>
  async (subjects, now) =>
    (await store.unreadable.find(subjects, now)).map(toUnreadableReading);

/**
 * Schedules that the system has paused, those that are late, and keys that expire with schedules. What is fine again
 * has no reading, so its alert is cleared. A schedule with several late runs has the reading of the oldest.
 */
export const createScheduleReader =
  (store: Pick<Store, 'schedules' | 'scheduleRuns' | 'apiKeys'>): AlertReader =>
  async (_subjects, now) => {
    const before = new Date(now.getTime() - SCHEDULE_LATE_MS);
    const [paused, late, stuck, keys] = await Promise.all([
      store.schedules.findPaused(SCHEDULE_PAUSER),
      store.schedules.findLate(before),
      store.scheduleRuns.findStuck(before),
      store.apiKeys.findExpiring(new Date(now.getTime() + NOTICE_MS)),
    ]);
    const ofKeys = await store.schedules.countOfKeys(keys.map(({ key_id }) => key_id));
    const runs: LateRun[] = [
      ...stuck.map((run) => ({ ...run, since: run.decided_time })),
      ...late.map(({ schedule_id, name, missed_time, next_time, due_time }) =>
        missed_time
          ? { schedule_id, name, planned_time: missed_time }
          : { schedule_id, name, planned_time: next_time!, since: due_time },
      ),
    ];
    const oldest = [...groupBy(runs, ({ schedule_id }) => schedule_id).values()].map(([first]) => first!);
    return [
      ...paused.map(toStoppedReading),
      ...oldest.map((run) => toLateReading(run, now)),
      ...keys.map((key) => toKeyReading(key, ofKeys.get(key.key_id) ?? 0)),
    ];
  };

/** Tasks behind full limits that one pass reads: the oldest. */
const STARVED_PAGE = 2_000;

/**
 * Reads the stored limits that count now, and while one of them is full, what the tasks behind it have left. Passes the
 * limits to `showLimits`. A task is never starved by a limit of its own: there, its own scans take the room.
 */
export function createLimitReader(
  store: Pick<Store, 'limits' | 'alertFacts'>,
  { limitStarves }: AlertLimits,
  showLimits: (limits: readonly ShownLimit[]) => void,
): AlertReader {
  const starved = createStarvedTasks(limitStarves);
  return async function readLimits(subjects, now) {
    const limits = await store.limits.findOverAll(now);
    showLimits(limits);
    const full = starved.findFull(limits, now);
    const behind = [...full.keys()].sort().slice(0, STARVED_PAGE);
    const asked = new Set([...behind, ...subjects.filter((subject) => full.has(subject))]);
    return starved.toReadings(await store.alertFacts.findBeginning([...asked]), full, subjects, now);
  };
}

/** Dead letters are counted only while there is an alert about the system: one about them, or about the fleet. */
export const createDeadLetterReader =
  (store: Pick<Store, 'deadLetters'>): AlertReader =>
  async (subjects) =>
    subjects.includes(SYSTEM_SUBJECT) ? [toDeadLetterReading(await store.deadLetters.countWaiting())] : [];

/** Reads the queue of updates and the job queues of the pools. The first job or node of a pool declares its queue. */
export const createQueueReader =
  (
    { store, broker }: { store: Pick<Store, 'nodes' | 'queueLag'>; broker: Broker },
    { backlog }: AlertLimits,
  ): AlertReader =>
  async (subjects, now) => {
    const ofPools = (await store.nodes.findPools()).map((pool) => toJobQueue(pool).name);
    const depths = await broker.queueDepths([...new Set([QUEUES.stateUpdates.name, ...subjects, ...ofPools])]);
    const lagSeconds = await store.queueLag.findLagSeconds(now);
    return [...depths].map(([queue, { latest }]) => toQueueReading({ queue, depth: latest, lagSeconds }, backlog));
  };
