import { setImmediate } from 'node:timers/promises';
import {
  type ChangeScheduleBody,
  type CreateScheduleBody,
  createTaskBodySchema,
  DAY_MS,
  INTERNAL_RUN_FIELDS,
  INTERNAL_SCHEDULE_FIELDS,
  MAX_PLANNED_SCHEDULES,
  MAX_PLANNED_TIMES,
  type Schedule,
  type ScheduleRun,
  type ScheduleRunView,
  type ScheduleView,
  SHOWN_TIMES,
  toSentence,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { toVersion } from '@cyberstroll/store';
import { TargetError, toKeyRanges } from '@cyberstroll/targets';
import type { Request } from 'express';
import { createOptionsCheck } from '../../adapters/check-options';
import { type TargetLimits, withTargets } from '../../adapters/with-targets';
import { toTargetDetails } from '../../core/requests/problem';
import {
  type GivenSchedule,
  toChanged,
  toNewSchedule,
  toPaused,
  toResumed,
} from '../../core/schedules/change-schedule';
import {
  findCronFault,
  findNextTime,
  findNextTimes,
  findTimesBetween,
  type ScheduleTimes,
} from '../../core/schedules/planned-times';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';
import { toOwner } from '../middleware/audit';
import { readIdempotencyKey, toInvalidBody } from '../read-request';

/** Schedules: create, list, read, change and delete them, pause and resume them, run one now, and list its runs. */
export function createScheduleHandlers(
  {
    store,
    noteSchedule,
  }: Pick<AppDeps<'schedules' | 'scheduleRuns' | 'scanMethods' | 'getTime'>, 'store' | 'noteSchedule'>,
  limits: TargetLimits,
): Handlers {
  const { schedules, scheduleRuns } = store;
  const checkOptions = createOptionsCheck();

  const createSchedule = async ({ body, caller, slot, request, response }: Call<'createSchedule'>) => {
    const now = await store.getTime();
    const given = checkTimes(toGiven(body, request), now);
    const { target_ranges } = await checkTemplate(body.template, caller);
    const owner = toOwner(response);
    const toSchedule = (id: string) => toNewSchedule({ ...given, target_ranges }, owner, now, id);
    const { schedule: stored, created } = await schedules.create(toSchedule, slot?.id);
    const location = `/api/schedules/${stored.schedule_id}`;
    return {
      status: created ? 201 : 200,
      location,
      change: { subject: stored.schedule_id },
      ...toAnswer(stored, now),
    } as const;
  };

  const changed = async (
    { params: { schedule_id }, caller, version }: Pick<Call<'changeSchedule'>, 'params' | 'caller' | 'version'>,
    toNext: (schedule: Schedule, now: Date) => Omit<Schedule, 'rev'> | undefined,
  ) => {
    const now = await store.getTime();
    const options = { version, within: caller.scope?.ranges };
    const { schedule, before } = await schedules.change(schedule_id, (known) => toNext(known, now), options);
    const change = schedule !== before && { change: { before: toText(before), after: toText(schedule) } };
    return { ...toAnswer(schedule, now), ...change };
  };

  const getSchedule = async ({ params, caller }: Pick<Call<'getSchedule'>, 'params' | 'caller'>) =>
    toAnswer(await schedules.getSchedule(params.schedule_id, { within: caller.scope?.ranges }), await store.getTime());

  /** What may be in its fields, and which addresses a task of it scans. Throws what POST /api/tasks throws. */
  async function checkTemplate(template: CreateScheduleBody['template'], { scope }: Call<'createSchedule'>['caller']) {
    try {
      checkOptions(await store.scanMethods.findRecent(), createTaskBodySchema.parse(template), 'template.');
      // What is excluded, each of its tasks loses when it is created.
      const { targets } = await withTargets(template, limits, scope, [], 'template.task_target');
      return { target_ranges: toKeyRanges(targets.intervals), total_targets: Number(targets.count) };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      throw new AppError('invalid_targets', toTargetDetails(error, 'template.'));
    }
  }

  return {
    async listSchedules({ query: { planned_from, planned_days, ...query }, caller }) {
      const within = caller.scope?.ranges;
      const from = toDate(planned_from);
      const limit = from ? Math.min(query.limit, MAX_PLANNED_SCHEDULES) : query.limit;
      const page = await schedules.findPage({ ...query, limit, within });
      if (!from) return { body: { ...page, items: page.items.map(toView) } };
      const until = new Date(from.getTime() + planned_days * DAY_MS);
      const items = [];
      for (const schedule of page.items) {
        const planned_times = schedule.paused ? [] : findTimesBetween(schedule, from, until, MAX_PLANNED_TIMES);
        items.push({ ...toView(schedule), planned_times });
        // Many planned times of cron lines take long: other requests are answered in between.
        await setImmediate();
      }
      return { body: { ...page, items } };
    },
    createSchedule,
    planSchedule: {
      isReading: true,
      async run({ body, caller, request }) {
        // Without effect, but not unread.
        readIdempotencyKey(request);
        const now = await store.getTime();
        const given = checkTimes(toGiven(body, request), now);
        const { total_targets } = await checkTemplate(body.template, caller);
        return {
          body: { next_times: findNextTimes({ ...given, created_time: now }, now, SHOWN_TIMES), total_targets },
        };
      },
    },
    getSchedule,
    async changeSchedule(call) {
      const { body, caller, request } = call;
      const ranges = body.template && (await checkTemplate(body.template, caller));
      return changed(call, (schedule, now) => {
        const next = withChanges(schedule, body, request);
        // One that has run for the last time can still be renamed.
        const given = TIMES.some((name) => body[name] !== undefined) ? checkTimes(next, now) : next;
        const target_ranges = ranges?.target_ranges ?? schedule.target_ranges;
        return toChanged(schedule, { ...given, target_ranges }, toOwner(call.response), now);
      });
    },
    async deleteSchedule({ params: { schedule_id }, caller, version }) {
      const removed = await schedules.remove(schedule_id, { version, within: caller.scope?.ranges });
      return { change: { before: toText(removed) }, body: toView(removed) };
    },
    pauseSchedule: (call) =>
      changed(call, (schedule, now) => toPaused(schedule, { by: call.caller.name, reason: call.body.reason }, now)),
    resumeSchedule: (call) => changed(call, (schedule, now) => toResumed(schedule, toOwner(call.response), now)),
    async runSchedule({ params: { schedule_id }, caller, slot, response }) {
      await schedules.getSchedule(schedule_id, { within: caller.scope?.ranges });
      const { operator: requested_by, ...by } = toOwner(response);
      const now = await store.getTime();
      // A repeat of the command names the same run.
      const planned_time = slot ? toSlotTime(slot.id) : toSecond(now);
      const decision = { outcome: 'waiting', todo: 'create', decided_time: now } as const;
      const { run } = await scheduleRuns.decide({ schedule_id, planned_time, requested_by, ...by, ...decision });
      noteSchedule();
      return { status: 202, body: toRunView(run) };
    },
    async listScheduleRuns({ params: { schedule_id }, query, caller }) {
      await schedules.getSchedule(schedule_id, { within: caller.scope?.ranges });
      const page = await scheduleRuns.findPage(schedule_id, query);
      return { body: { ...page, items: page.items.map(toRunView) } };
    },
  };
}

const TIMES = ['cron', 'every', 'time_zone', 'start', 'end'] as const;

type Fields = Omit<GivenSchedule, 'target_ranges'>;

const toDate = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

/** The template is kept as it was sent: defaults are those of the time when a task is created. */
const toTemplate = (request: Request): Schedule['template'] =>
  (request.body as { template: object }).template as Schedule['template'];

const withoutGaps = <Given extends object>(given: Given): Given =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) as Given;

const toGiven = ({ start, end, ...body }: CreateScheduleBody, request: Request): Fields =>
  withoutGaps({ ...body, template: toTemplate(request), start: toDate(start), end: toDate(end) }) as Fields;

/** What the schedule has, but for the fields that are given. */
function withChanges(
  schedule: Schedule,
  { reason: _, start, end, template, ...body }: ChangeScheduleBody,
  request: Request,
) {
  const { name, cron, every, time_zone, jitter, overlap, catch_up, pause_after_failures, alert } = schedule;
  const isOther = body.cron !== undefined || body.every !== undefined;
  const known = {
    name,
    time_zone,
    jitter,
    overlap,
    catch_up,
    pause_after_failures,
    alert,
    ...(!isOther && { cron, every }),
  };
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return withoutGaps({
    ...known,
    ...given,
    template: template ? toTemplate(request) : schedule.template,
    start: start === undefined ? schedule.start : start && new Date(start),
    end: end === undefined ? schedule.end : end && new Date(end),
  }) as Fields;
}

/** Throws `invalid_body` for times that cannot be, or never come. */
function checkTimes(given: Fields, now: Date): Fields {
  const { cron, time_zone, start, end } = given;
  const fault = cron === undefined ? undefined : findCronFault(cron, time_zone, now);
  if (fault !== undefined) throw toInvalidBody('cron', fault);
  if (start && end && end <= start) throw toInvalidBody('end', toSentence('not_after_start'));
  if (end && end <= now) throw toInvalidBody('end', toSentence('not_in_future'));
  if (!findNextTime({ ...given, created_time: now }, now)) throw toInvalidBody('end', toSentence('no_planned_time'));
  return given;
}

const without = <View>(document: object, fields: object): View =>
  Object.fromEntries(Object.entries(document).filter(([name]) => !(name in fields))) as View;

const toView = (schedule: Schedule): ScheduleView => without(schedule, INTERNAL_SCHEDULE_FIELDS);
const toRunView = (run: ScheduleRun): ScheduleRunView => without(run, INTERNAL_RUN_FIELDS);

const toAnswer = (schedule: Schedule, now: Date) => ({
  version: toVersion(schedule),
  body: { ...toView(schedule), next_times: findNextTimes(schedule satisfies ScheduleTimes, now, SHOWN_TIMES) },
});

/** For the audit log. The template may be long. */
function toText(schedule: Schedule): string {
  const { template: _template, next_time: _next, ...shown } = toView(schedule);
  return JSON.stringify(shown);
}

const toSecond = (time: Date): Date => new Date(Math.floor(time.getTime() / 1_000) * 1_000);
/** The second in which the id of an idempotency key was made. */
const toSlotTime = (id: string): Date => new Date(Number.parseInt(id.slice(0, 8), 16) * 1_000);
