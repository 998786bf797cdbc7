/**
 * Counts what changed from one complete run of a schedule to the next. It is a sweep of its own: tasks with many hosts
 * take long, and no planned time waits for that.
 */
import { type RunChanges, type Schedule, type ScheduleRun, type Task, toSentence } from '@cyberstroll/contracts';
import { type Counts, type Leadership, type Logger, toAppError } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { compareTasks } from '../adapters/compare-tasks';
import { createChangeCounter } from '../core/schedules/count-changes';

export interface CompareDeps {
  store: Pick<Store, 'schedules' | 'scheduleRuns' | 'tasks' | 'results' | 'subTasks' | 'exclusions' | 'alerts'>;
  leadership: Pick<Leadership, 'isLeader'>;
  logger: Logger;
}

/** Runs of a pass. */
const MAX_RUNS = 20;
/** A run before, whose task is still there, is looked for among this many. */
const MAX_BEFORE = 20;
/** A comparison that takes longer is given up, in milliseconds: below what a pass of a sweep may take. */
const COMPARE_WITHIN_MS = 200_000;
const OPERATOR = 'task-api';

/** One pass. Resolves with undefined if no run has ended. */
export const createCompareSweep =
  (deps: CompareDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { compared: 0 };
    for (const run of await deps.store.scheduleRuns.findToCompare(MAX_RUNS)) {
      if (!(await deps.leadership.isLeader())) break;
      await compareSafely(deps, run, now);
      counts.compared += 1;
    }
    return counts.compared > 0 ? counts : undefined;
  };

/** What is wrong with one run stops no other. The diff of both tasks can still be asked for. */
async function compareSafely(deps: CompareDeps, run: ScheduleRun, now: Date): Promise<void> {
  const { scheduleRuns } = deps.store;
  const { schedule_id, planned_time } = run;
  const signal = AbortSignal.timeout(COMPARE_WITHIN_MS);
  try {
    await compareRun(deps, run, { now, signal });
  } catch (err) {
    deps.logger.warn({ schedule_id, planned_time, err }, 'run not compared with the one before');
    if (toAppError(err).kind === 'transient' && !signal.aborted) return;
    await scheduleRuns.noteChanges(run, undefined);
  }
}

async function compareRun(
  deps: CompareDeps,
  run: ScheduleRun,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<void> {
  const { store } = deps;
  const schedule = await orNone(store.schedules.getSchedule(run.schedule_id));
  const after = await orNone(store.tasks.getTask(run.task_id!));
  const found = schedule && after && (await findBefore(deps, run));
  if (!found) return store.scheduleRuns.noteChanges(run, undefined);
  const { before, planned_time } = found;
  const counter = createChangeCounter(schedule.alert);
  for await (const { compared } of compareTasks(store, { before, after }, { signal })) counter.add(compared.ports);
  const changes = { planned_time, task_id: before.task_id, ...counter.counts };
  // Before the note: a crash in between raises it again, and loses it never.
  await raise(deps, schedule, { changes, after }, now);
  await store.scheduleRuns.noteChanges(run, changes);
}

/** The last complete run before this one whose task was not deleted. */
async function findBefore({ store }: CompareDeps, run: ScheduleRun) {
  for (const { task_id, planned_time } of await store.scheduleRuns.findCompleteBefore(run, MAX_BEFORE)) {
    const before = await orNone(store.tasks.getTask(task_id!));
    if (before) return { before, planned_time };
  }
  return undefined;
}

async function raise(
  { store }: CompareDeps,
  { schedule_id, name, alert }: Schedule,
  { changes, after }: { changes: RunChanges; after: Task },
  now: Date,
): Promise<void> {
  const { opened, closed, changed, alerting: value, task_id } = changes;
  if (!alert || value < alert.threshold) return;
  const first = toSentence('port_changes', { opened, closed, changed });
  const found =
    alert.ports === undefined ? first : toSentence('ports_changed', { first, found: value, ports: alert.ports });
  const summary = toSentence('services_changed', { name, schedule_id, changes: found, task_id });
  const sighting = { rule: 'schedule_changed' as const, subject: after.task_id, summary };
  await store.alerts.raise({ ...sighting, value, threshold: alert.threshold }, OPERATOR, now);
}

/** Undefined if it does not exist. */
const orNone = <Found>(found: Promise<Found>): Promise<Found | undefined> =>
  found.catch((error: unknown) => {
    if (toAppError(error).kind !== 'missing') throw error;
    return undefined;
  });
