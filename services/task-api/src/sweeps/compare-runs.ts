/**
 * Counts what changed from one complete run of a schedule to the next. It is a sweep of its own: tasks with many hosts
 * take long, and no planned time waits for that. Nor does another comparison: a pass works on each for some seconds,
 * those that waited longest first. How far it has come is stored with what it has counted until there, by one write: so
 * whoever continues, after whatever crash, counts each host once.
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
  /** What a pass counts of one comparison. Default: `SLICE`. */
  slice?: { hosts: number; ms: number };
}

/** Comparisons of a pass. */
const MAX_RUNS = 20;
/** A run before, whose task is still there, is looked for among this many. */
const MAX_BEFORE = 20;
/** A pass counts this number of hosts of one comparison, or for this time, in milliseconds. */
const SLICE = { hosts: 50_000, ms: 2_000 };
/** A read that takes longer is given up, and begun again in the next pass. */
const READ_WITHIN_MS = 60_000;
/** A pass that took longer begins with no other comparison: it and a read are below what a pass may take. */
const PASS_MS = 60_000;
const OPERATOR = 'task-api';

/** One pass. Resolves with undefined if no run has ended. */
export const createCompareSweep =
  (deps: CompareDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { compared: 0 };
    const begun = performance.now();
    for (const run of await deps.store.scheduleRuns.findToCompare(MAX_RUNS)) {
      if (performance.now() - begun > PASS_MS || !(await deps.leadership.isLeader())) break;
      await compareSafely(deps, run, now);
      counts.compared += 1;
    }
    return counts.compared > 0 ? counts : undefined;
  };

/** What is wrong with one run stops no other. The diff of both tasks can still be asked for. */
async function compareSafely(deps: CompareDeps, run: ScheduleRun, now: Date): Promise<void> {
  const { scheduleRuns } = deps.store;
  const { schedule_id, planned_time } = run;
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  try {
    await compareSome(deps, run, { now, signal });
  } catch (err) {
    deps.logger.warn({ schedule_id, planned_time, err }, 'run not compared with the one before');
    if (signal.aborted || toAppError(err).kind === 'transient') await scheduleRuns.noteComparing(run, now);
    else await scheduleRuns.noteChanges(run, undefined);
  }
}

async function compareSome(
  deps: CompareDeps,
  run: ScheduleRun,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<void> {
  const { store, slice = SLICE } = deps;
  const schedule = await orNone(store.schedules.getSchedule(run.schedule_id));
  const after = await orNone(store.tasks.getTask(run.task_id!));
  const found = schedule && after && ((await findBegun(deps, run)) ?? (await findBefore(deps, run)));
  if (!found) return store.scheduleRuns.noteChanges(run, undefined);
  const { before, planned_time, comparing } = found;
  // What an alert counts stays what it was when the comparison began.
  const alert = comparing ? comparing.alert : schedule.alert;
  const counter = createChangeCounter(alert, comparing?.changes);
  const toChanges = () => ({ planned_time, task_id: before.task_id, ...counter.counts });

  const until = performance.now() + slice.ms;
  let left = slice.hosts;
  for await (const host of compareTasks(store, { before, after }, { after: comparing?.after, signal })) {
    counter.add(host.compared.ports);
    left -= 1;
    if (left > 0 && performance.now() < until) continue;
    const soFar = { changes: toChanges(), after: host.key, ...(alert && { alert }) };
    return store.scheduleRuns.noteComparing(run, now, soFar);
  }
  // Before the note: a crash in between raises it again, and loses it never.
  await raise(deps, { ...schedule, alert }, { changes: toChanges(), after }, now);
  await store.scheduleRuns.noteChanges(run, toChanges());
}

interface Before {
  before: Task;
  planned_time: Date;
  comparing?: ScheduleRun['comparing'];
}

/** The run that this one is being compared with, unless its task was deleted meanwhile. */
async function findBegun({ store }: CompareDeps, { comparing }: ScheduleRun): Promise<Before | undefined> {
  const before = comparing && (await orNone(store.tasks.getTask(comparing.changes.task_id)));
  return before && { before, planned_time: comparing.changes.planned_time, comparing };
}

/** The last complete run before this one whose task was not deleted. */
async function findBefore({ store }: CompareDeps, run: ScheduleRun): Promise<Before | undefined> {
  for (const { task_id, planned_time } of await store.scheduleRuns.findCompleteBefore(run, MAX_BEFORE)) {
    const before = await orNone(store.tasks.getTask(task_id!));
    if (before) return { before, planned_time };
  }
  return undefined;
}

async function raise(
  { store }: CompareDeps,
  { schedule_id, name, alert }: Pick<Schedule, 'schedule_id' | 'name' | 'alert'>,
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
