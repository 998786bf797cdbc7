/**
 * Creates the tasks of schedules: exactly one for each planned time. The planned time is the key. Its run is stored
 * before anything is done, once, with what is to become of it; then the schedule moves on; then the task is created,
 * under an id that is made of schedule and planned time; then the run has its outcome. Whoever finds one of these steps
 * done continues with the next one: so a replica may stop at any line, and two may work at the same time.
 */
import { createTaskBodySchema, type Schedule, type ScheduleRun, toSentence } from '@cyberstroll/contracts';
import { type Counts, type Leadership, type Logger, toAppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import type { Store } from '@cyberstroll/store';
import type { Admission } from '../adapters/admission';
import type { Broadcast } from '../adapters/broadcast';
import { changeStatus } from '../adapters/change-status';
import type { Rights } from '../adapters/find-rights';
import { type TargetLimits, withTargets } from '../adapters/with-targets';
import { toProblem } from '../core/requests/problem';
import { toPaused } from '../core/schedules/change-schedule';
import { decideRun, isFailing, planAfter } from '../core/schedules/decide-run';
import { toDueTime } from '../core/schedules/planned-times';
import { toRunTaskId } from '../core/schedules/run-task-id';
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
/** In whose name a schedule is paused that nobody has paused. */
const OPERATOR = 'task-api';

/** One pass at `now`, on MongoDB's clock. Resolves with undefined if it found nothing to do. */
export const createScheduleSweep =
  (deps: ScheduleDeps) =>
  async (now: Date): Promise<Counts | undefined> => {
    const counts = { decided: 0, created: 0, failed: 0, ended: 0 };
    const open = await deps.store.scheduleRuns.findTodo(MAX_RUNS);
    await createTasks(deps, open, now, counts);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const due = await deps.store.schedules.findDue(now, AT_ONCE);
      if (due.length === 0 || !(await deps.leadership.isLeader())) break;
      const decided = (await Promise.all(due.map((schedule) => decideSafely(deps, schedule, now)))).flat();
      if (decided.length === 0) break;
      counts.decided += decided.length;
      // Before the next planned time of the same schedule is decided: what is open then is known.
      await createTasks(deps, decided, now, counts);
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
  await store.schedules.advance(schedule_id, planned_time, planAfter(schedule, run));
  if (isNew && run.outcome !== 'waiting') metrics.count(run.outcome);
  return run;
}

/** Creates the tasks of those runs that wait for one. Whatever goes wrong with one run stops no other. */
async function createTasks(deps: ScheduleDeps, runs: readonly ScheduleRun[], now: Date, counts: Counts): Promise<void> {
  const waiting = runs.filter(({ todo }) => todo === 'create');
  for (let i = 0; i < waiting.length; i += AT_ONCE) {
    if (!(await deps.leadership.isLeader())) return;
    const done = await Promise.all(waiting.slice(i, i + AT_ONCE).map((run) => createTaskSafely(deps, run, now)));
    for (const each of done) if (each) counts[each]! += 1;
  }
}

type Done = 'created' | 'failed' | undefined;

async function createTaskSafely(deps: ScheduleDeps, run: ScheduleRun, now: Date): Promise<Done> {
  try {
    return await createTask(deps, run, now);
  } catch (err) {
    const { kind } = toAppError(err);
    const { status, code, detail } = toProblem(err);
    const about = { schedule_id: run.schedule_id, planned_time: run.planned_time, err };
    if (kind === 'transient' || kind === 'overloaded') {
      deps.logger.warn(about, 'task of schedule not created: it is tried again');
      return undefined;
    }
    if (status >= 500) deps.logger.error(about, 'task of schedule not created');
    await fail(deps, run, { code, detail }, now);
    await pauseIfFailing(deps, run.schedule_id, now);
    return 'failed';
  }
}

/** Undefined if the run waits on, or if somebody else has created its task. */
async function createTask(deps: ScheduleDeps, run: ScheduleRun, now: Date): Promise<Done> {
  const { store, metrics, logger } = deps;
  const { schedule_id, planned_time, requested_by } = run;
  const schedule = await findSchedule(store, schedule_id);
  if (!schedule) await store.scheduleRuns.removeOf(schedule_id);
  if (!schedule || (schedule.paused && requested_by === undefined)) return undefined;
  const task_id = toRunTaskId(run);
  if (!(await makeRoom(deps, schedule, task_id))) return undefined;
  const by = requested_by === undefined ? schedule : { operator: requested_by, key_id: run.key_id, sender: run.sender };
  const rights = await deps.findRights(by, now);
  if ('gone' in rights) {
    await fail(deps, run, { code: 'forbidden', detail: rights.gone }, now);
    if (requested_by === undefined) await pause(deps, schedule, rights.gone, now);
    return 'failed';
  }
  const exclusions = await store.exclusions.findInForce(now);
  const template = createTaskBodySchema.parse(schedule.template);
  const body = withTargets(template, deps.config, rights.scope, exclusions);
  await deps.admit();
  const completeAudit = await beginAudit(deps, by, { schedule_id, task_id }, now);
  const origin = { task_id, schedule_id, planned_time, operator: by.operator };
  const { task, created } = await store.tasks.createTask({ ...body, ...origin });
  await store.scheduleRuns.note(run, { outcome: 'created', task_id, decided_time: now, todo: 'watch' });
  await completeAudit();
  if (!created) return undefined;
  metrics.count('created');
  metrics.noteLateness((now.getTime() - toDueTime(schedule, planned_time).getTime()) / 1_000);
  logger.info({ schedule_id, planned_time, task_id }, 'task of schedule created');
  await deps.broadcast(task);
  return 'created';
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

/** Whether no other task of the schedule is open. With `cancel` those that are open are cancelled first. */
async function makeRoom(
  { store, broadcast }: ScheduleDeps,
  { schedule_id, overlap, operator }: Schedule,
  taskId: string,
): Promise<boolean> {
  const others = (await store.scheduleRuns.findOpenTasks(schedule_id)).filter((other) => other !== taskId);
  if (overlap !== 'cancel') return others.length === 0;
  const reason = toSentence('next_run_due', { schedule_id });
  for (const other of others) {
    await changeStatus({ store, broadcast }, { command: 'cancel', taskId: other, reason, operator }).catch(
      (error: unknown) => {
        // It has ended meanwhile.
        if (!['illegal_transition', 'task_not_found'].includes(toAppError(error).code)) throw error;
      },
    );
  }
  return true;
}

/** The audit log's entry of a task that a schedule creates. It names the schedule, and where that was saved from. */
async function beginAudit(
  { store: { auditLog }, config: { AUDIT_LOG_DAYS } }: ScheduleDeps,
  { operator, key_id, sender }: Pick<Schedule, 'operator' | 'key_id' | 'sender'>,
  { schedule_id, task_id }: { schedule_id: string; task_id: string },
  now: Date,
): Promise<() => Promise<void>> {
  if (!sender) return async () => undefined;
  const by = { operator, ...sender, ...(key_id !== undefined && { key_id }) };
  const what = { time: now, operation: 'createTask', subject: schedule_id, task_id };
  const id = await auditLog.add({ ...what, ...by }, AUDIT_LOG_DAYS);
  return () => auditLog.complete(id, { status: 201 });
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
  { schedule_id }: Schedule,
  reason: string,
  now: Date,
): Promise<void> {
  const by = { by: OPERATOR, reason };
  const paused = store.schedules.change(schedule_id, (schedule) => toPaused(schedule, by, now));
  await paused.catch((error: unknown) => {
    if (toAppError(error).code !== 'schedule_not_found') throw error;
  });
  logger.warn({ schedule_id, reason }, 'schedule paused');
}
