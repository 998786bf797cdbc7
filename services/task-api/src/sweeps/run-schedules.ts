/**
 * Creates the tasks of schedules: exactly one for each planned time. The planned time is the key. Its run is stored
 * before anything is done, once, with what is to become of it; then the schedule moves on; then the task is created,
 * under an id that is made of schedule and planned time, by one write with the outcome of the run and with the name of
 * this run on the schedule. Whoever finds one of these steps done continues with the next one: so a replica may stop at
 * any line, and two may work at the same time.
 *
 * The overlap is decided before the task is created: the schedule is read, then its open tasks. If another task of the
 * schedule was created since, the schedule names another run, and the write is refused. Runs of one schedule come one
 * after the other, in the order of their planned times; a run that has to wait holds up those after it.
 */
import {
  createTaskBodySchema,
  groupBy,
  SCHEDULE_PAUSER,
  type Schedule,
  type ScheduleRun,
  toSentence,
} from '@cyberstroll/contracts';
import { type Counts, type Leadership, type Logger, toAppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import type { Admission } from '../adapters/admission';
import { auditCreation } from '../adapters/audit-creation';
import type { Broadcast } from '../adapters/broadcast';
import { changeStatus } from '../adapters/change-status';
import type { Rights } from '../adapters/find-rights';
import { type TargetLimits, withTargets } from '../adapters/with-targets';
import { toProblem } from '../core/requests/problem';
import { toPaused } from '../core/schedules/change-schedule';
import { decideRun, decideTurn, isFailing, planAfter } from '../core/schedules/decide-run';
import { toDueTime } from '../core/schedules/planned-times';
import { toRunTaskId, toRunTaskName } from '../core/schedules/run-task-id';
import type { ScheduleMetrics } from '../metrics/schedule-metrics';

export interface ScheduleDeps {
  store: Pick<Store, 'schedules' | 'scheduleRuns' | 'tasks' | 'auditLog' | 'exclusions'>;
  broadcast: Broadcast;
  admit: Admission;
  /** What the operator of a schedule may do now. */
  findRights: (operator: Pick<Schedule, 'operator' | 'key_id'>, now: Date) => Promise<Rights>;
  /** Checked before each task, since a pass may take longer than a lease lasts. */
  leadership: Pick<Leadership, 'isLeader'>;
  metrics: ScheduleMetrics;
  config: TargetLimits & { AUDIT_LOG_DAYS: number };
  logger: Logger;
}

/** Schedules that are looked at together: their tasks share transactions. */
const AT_ONCE = 20;
/** The most runs that a pass looks at of each kind. */
const MAX_RUNS = 2_000;
/** The most rounds of a pass: a schedule catches up as many planned times in it. */
const MAX_ROUNDS = 100;

interface Pass {
  now: Date;
  counts: Record<'decided' | 'created' | 'failed' | 'ended', number>;
  /** Schedules with a run that has to wait: in this pass, none after it is created. */
  heldUp: Set<string>;
}

/** One pass at `now`, on MongoDB's clock. Resolves with undefined if it found nothing to do. */
export const createScheduleSweep =
  (deps: ScheduleDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { decided: 0, created: 0, failed: 0, ended: 0 };
    const pass: Pass = { now, counts, heldUp: new Set() };
    const open = await deps.store.scheduleRuns.findTodo(MAX_RUNS);
    await createTasks(deps, open, pass);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const due = await deps.store.schedules.findDue(now, AT_ONCE);
      if (due.length === 0 || !(await deps.leadership.isLeader())) break;
      const decided = (await Promise.all(due.map((schedule) => decideSafely(deps, schedule, now)))).flat();
      if (decided.length === 0) break;
      counts.decided += decided.length;
      // Before the next planned time of the same schedule is decided: what is open then is known.
      await createTasks(deps, decided, pass);
    }
    counts.ended = await noteEnds(deps, open, now);
    return Object.values(counts).some((count) => count > 0) ? counts : undefined;
  };

/** One schedule that cannot be decided stops no other: it is paused, or looked at again if a dependency is missing. */
async function decideSafely(deps: ScheduleDeps, schedule: Schedule, now: Date): Promise<ScheduleRun[]> {
  try {
    return [await decide(deps, schedule, now)];
  } catch (err) {
    const { schedule_id } = schedule;
    deps.logger.warn({ schedule_id, err }, 'planned time not decided');
    const { kind } = toAppError(err);
    if (kind !== 'transient' && kind !== 'overloaded') await pause(deps, schedule, 'its times cannot be read', now);
    return [];
  }
}

/** Decides the planned time of a schedule that is due, and moves the schedule on. Resolves with the stored decision. */
async function decide({ store, metrics }: ScheduleDeps, schedule: Schedule, now: Date): Promise<ScheduleRun> {
  const { schedule_id, next_time } = schedule;
  const planned_time = next_time!;
  // In this order: a run waits until its task is there, so one of the two is seen.
  const hasWaiting = await store.scheduleRuns.hasWaiting(schedule_id);
  const hasTask = (await store.scheduleRuns.findOpenTasks(schedule_id)).length > 0;
  const decision = decideRun(schedule, planned_time, now, { hasWaiting, hasTask });
  const { run, isNew } = await store.scheduleRuns.decide({ schedule_id, planned_time, decided_time: now, ...decision });
  const missed = run.outcome === 'missed' && { missed_time: planned_time };
  await store.schedules.advance(schedule_id, planned_time, { ...planAfter(schedule, run), ...missed });
  if (isNew && run.outcome !== 'waiting') metrics.count(run.outcome);
  return run;
}

/** Creates the tasks of those runs that wait for one: of different schedules side by side. */
async function createTasks(deps: ScheduleDeps, runs: readonly ScheduleRun[], pass: Pass): Promise<void> {
  const waiting = runs.filter(({ todo }) => todo === 'create');
  const bySchedule = [...groupBy(waiting, ({ schedule_id }) => schedule_id).values()];
  for (let i = 0; i < bySchedule.length; i += AT_ONCE) {
    if (!(await deps.leadership.isLeader())) return;
    await Promise.all(bySchedule.slice(i, i + AT_ONCE).map((ofOne) => createInOrder(deps, ofOne, pass)));
  }
}

/** Of one schedule, the oldest first. */
async function createInOrder(deps: ScheduleDeps, runs: readonly ScheduleRun[], { now, counts, heldUp }: Pass) {
  for (const run of runs) {
    if (heldUp.has(run.schedule_id)) return;
    const done = await createTaskSafely(deps, run, now);
    if (done === 'waits') heldUp.add(run.schedule_id);
    else if (done) counts[done] += 1;
  }
}

/** `waits`: what is in its way may be gone in the next pass. Undefined: nothing is to be done for it now. */
type Done = 'created' | 'failed' | 'waits' | undefined;

async function createTaskSafely(deps: ScheduleDeps, run: ScheduleRun, now: Date): Promise<Done> {
  try {
    return await createTask(deps, run, now);
  } catch (err) {
    const { kind } = toAppError(err);
    const { status, code, detail } = toProblem(err);
    const about = { schedule_id: run.schedule_id, planned_time: run.planned_time, err };
    if (kind === 'transient' || kind === 'overloaded') {
      deps.logger.warn(about, 'task of schedule not created: it is tried again');
      return 'waits';
    }
    if (status >= 500) deps.logger.error(about, 'task of schedule not created');
    await fail(deps, run, { code, detail }, now);
    await pauseIfFailing(deps, run.schedule_id, now);
    return 'failed';
  }
}

async function createTask(deps: ScheduleDeps, run: ScheduleRun, now: Date): Promise<Done> {
  const { store, metrics, logger } = deps;
  const { schedule_id, planned_time, requested_by } = run;
  const schedule = await findSchedule(store, schedule_id);
  if (!schedule) await store.scheduleRuns.removeOf(schedule_id);
  if (!schedule || (schedule.paused && requested_by === undefined)) return undefined;
  const room = decideTurn(schedule.overlap, run, await store.scheduleRuns.findOpenTasks(schedule_id));
  if (room.turn === 'wait') return 'waits';
  if (room.turn === 'skip') return skip(deps, run, now);
  const by = requested_by === undefined ? schedule : { operator: requested_by, key_id: run.key_id, sender: run.sender };
  const rights = await deps.findRights(by, now);
  if ('gone' in rights) {
    await fail(deps, run, { code: 'forbidden', detail: rights.gone }, now);
    if (requested_by === undefined) await pause(deps, schedule, rights.gone, now);
    return 'failed';
  }
  const exclusions = await store.exclusions.findInForce(now);
  const template = createTaskBodySchema.parse(schedule.template);
  const body = await withTargets(template, deps.config, rights.scope, exclusions);
  await deps.admit();
  await cancelTasks(deps, schedule, room.cancel);
  const task_id = toRunTaskId(run);
  const audit = { store, days: deps.config.AUDIT_LOG_DAYS };
  const completeAudit = await auditCreation(audit, by, { subject: schedule_id, task_id }, now);
  const { name = toRunTaskName(schedule, run) } = body;
  const { operator, key_id, sender } = by;
  const owner = { operator, ...(key_id !== undefined && { key_id }), ...(sender && { sender }) };
  const origin = { task_id, name, schedule_id, planned_time, operator, owner };
  const made = await store.tasks.createTaskOfRun({ ...body, ...origin }, { run, schedule, now });
  await completeAudit(made ? 201 : 409);
  if (!made) return 'waits';
  metrics.count('created');
  metrics.noteLateness((now.getTime() - toDueTime(schedule, planned_time).getTime()) / 1_000);
  logger.info({ schedule_id, planned_time, task_id }, 'task of schedule created');
  await deps.broadcast(made.task);
  return 'created';
}

async function skip({ store, metrics }: ScheduleDeps, run: ScheduleRun, now: Date): Promise<undefined> {
  await store.scheduleRuns.note(run, { outcome: 'skipped_overlap', decided_time: now });
  metrics.count('skipped_overlap');
}

async function fail(
  { store, metrics }: ScheduleDeps,
  run: ScheduleRun,
  error: NonNullable<ScheduleRun['error']>,
  now: Date,
) {
  await store.scheduleRuns.note(run, { outcome: 'failed', decided_time: now, error });
  metrics.count('failed');
}

/** Undefined if it was deleted. */
async function findSchedule({ schedules }: ScheduleDeps['store'], scheduleId: string): Promise<Schedule | undefined> {
  return schedules.getSchedule(scheduleId).catch((error: unknown) => {
    if (toAppError(error).code !== 'schedule_not_found') throw error;
    return undefined;
  });
}

/** It is set aside until somebody removes it. */
function orUnreadable(error: unknown): undefined {
  if (toAppError(error).code !== 'document_unreadable') throw error;
}

async function cancelTasks(
  { store, broadcast }: ScheduleDeps,
  { schedule_id, operator }: Schedule,
  taskIds: readonly string[],
): Promise<void> {
  const reason = toSentence('next_run_due', { schedule_id });
  for (const taskId of taskIds) {
    await changeStatus({ store, broadcast }, { command: 'cancel', taskId, reason, operator }).catch(
      (error: unknown) => {
        // It has ended meanwhile.
        if (!['illegal_transition', 'task_not_found'].includes(toAppError(error).code)) throw error;
      },
    );
  }
}

/** Notes how the tasks of runs have ended, and pauses schedules whose runs fail again and again. */
async function noteEnds(deps: ScheduleDeps, open: readonly ScheduleRun[], now: Date): Promise<number> {
  const { scheduleRuns } = deps.store;
  const runs = open.filter(({ todo }) => todo === 'watch');
  const statuses = await scheduleRuns.findTaskStatuses(runs.flatMap(({ task_id }) => task_id ?? []));
  let ended = 0;
  for (const run of runs) {
    // Undefined: the task was deleted, which only ended ones are.
    const task_status = statuses.get(run.task_id!);
    if (task_status && !isEndedTask(task_status)) continue;
    if (task_status) await scheduleRuns.note(run, { task_status, todo: 'watch' });
    await pauseIfFailing(deps, run.schedule_id, now);
    await scheduleRuns.note(run, task_status === 'COMPLETED' ? { compare: true } : {});
    ended += 1;
  }
  return ended;
}

async function pauseIfFailing(deps: ScheduleDeps, scheduleId: string, now: Date): Promise<void> {
  const { store } = deps;
  const schedule = await findSchedule(store, scheduleId).catch(orUnreadable);
  if (!schedule || schedule.paused || schedule.pause_after_failures === undefined) return;
  const { pause_after_failures: limit, counted_from } = schedule;
  const last = await store.scheduleRuns.findLast(scheduleId, counted_from, limit);
  if (isFailing(last, limit)) await pause(deps, schedule, toSentence('runs_failed', { runs: limit }), now);
}

async function pause(
  { store, logger }: ScheduleDeps,
  { schedule_id, rev }: Schedule,
  reason: string,
  now: Date,
): Promise<void> {
  const by = { by: SCHEDULE_PAUSER, reason };
  // What an operator has changed since it was read is not paused: somebody else may answer for it now.
  const toNext = (schedule: Schedule) => (schedule.rev === rev ? toPaused(schedule, by, now) : undefined);
  const paused = store.schedules.change(schedule_id, toNext);
  await paused.catch((error: unknown) => {
    if (toAppError(error).code !== 'schedule_not_found') throw error;
  });
  logger.warn({ schedule_id, reason }, 'schedule paused');
}
