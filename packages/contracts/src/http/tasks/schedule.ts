import * as z from 'zod';
import {
  DEFAULT_JITTER_SECONDS,
  MAX_CATCH_UP_SECONDS,
  MIN_CATCH_UP_SECONDS,
  overlapSchema,
  runChangesSchema,
  runOutcomeSchema,
  scheduleAlertSchema,
  scheduleRunSchema,
  scheduleSchema,
  scheduleTimesShape,
} from '../../documents/schedule';
import { documentIdSchema, queryIntegerSchema, reasonSchema, taskNameSchema, timeSchema } from '../../fields/fields';
import { jsonForms } from '../../json-schema/json-forms';
import { toSentence } from '../../sentences/sentences';
import { oneOrMore } from '../one-or-more';
import { operationsOf, pageOf, type Row } from '../operation';
import { COMMAND_EXAMPLES, CURSOR, commandBodySchema, createTaskBodySchema, pageShape } from './task';

/** How many planned times an answer shows. */
export const SHOWN_TIMES = 10;
/** The planned times of a list: as many schedules a page, days, and times of each schedule, at most. */
export const MAX_PLANNED_SCHEDULES = 50;
/** A week with an hour more. */
const MAX_PLANNED_DAYS = 8;
export const MAX_PLANNED_TIMES = 672;

const { cron, every, time_zone, start, end, jitter } = scheduleTimesShape;
const templateSchema = createTaskBodySchema.describe('The body of each task, as of POST /api/tasks');
const pauseAfterSchema = z
  .number()
  .int()
  .min(1)
  .max(100)
  .describe('This number of runs in a row that failed, or whose task FAILED or timed out, pauses the schedule');
const catchUpSchema = z
  .number()
  .int()
  .min(MIN_CATCH_UP_SECONDS)
  .max(MAX_CATCH_UP_SECONDS)
  .describe('Seconds: a run that is later than this is missed');
const startSchema = timeSchema.describe(start.description!);
const endSchema = timeSchema.describe(end.description!);

const BOTH = { not: { required: ['cron', 'every'], properties: { cron: {}, every: {} } } };

/** `POST /api/schedules`. */
export const createScheduleBodySchema = z
  .strictObject({
    name: taskNameSchema.describe('What people call it'),
    template: templateSchema,
    cron,
    every,
    time_zone: time_zone.default('UTC'),
    start: startSchema.optional(),
    end: endSchema.optional(),
    jitter: jitter.default(DEFAULT_JITTER_SECONDS),
    overlap: overlapSchema.default('skip'),
    catch_up: catchUpSchema.default(3_600),
    pause_after_failures: pauseAfterSchema.optional(),
    alert: scheduleAlertSchema.optional(),
  })
  .refine((body) => (body.cron === undefined) !== (body.every === undefined), {
    path: ['cron'],
    message: toSentence('at_or_every'),
  })
  .meta(BOTH)
  .describe('A task that is created again and again, with exactly one of `cron` and `every`');
export type CreateScheduleBody = z.infer<typeof createScheduleBodySchema>;

/** `PATCH /api/schedules/{schedule_id}`. Fields that are left out stay as they are. */
export const changeScheduleBodySchema = z
  .strictObject({
    name: taskNameSchema.optional(),
    template: templateSchema.optional(),
    cron: cron.describe('Instead of `every`, if it has that'),
    every: every.describe('Seconds. Instead of `cron`, if it has that'),
    time_zone: time_zone.optional(),
    start: startSchema.nullable().optional().describe('null removes it'),
    end: endSchema.nullable().optional().describe('null removes it'),
    jitter: jitter.optional(),
    overlap: overlapSchema.optional(),
    catch_up: catchUpSchema.optional(),
    pause_after_failures: pauseAfterSchema.nullable().optional().describe('null removes it'),
    alert: scheduleAlertSchema.nullable().optional().describe('null removes it'),
    reason: reasonSchema,
  })
  .refine((body) => body.cron === undefined || body.every === undefined, {
    path: ['cron'],
    message: toSentence('not_with_every'),
  })
  .meta(BOTH)
  .describe('What is not given stays')
  .prefault({});
export type ChangeScheduleBody = z.infer<typeof changeScheduleBodySchema>;

/** `DELETE /api/schedules/{schedule_id}`: a reason in the query, since a body of a DELETE may be lost on its way. */
export const deleteScheduleQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

/** The fields of a schedule's document that only services need. */
export const INTERNAL_SCHEDULE_FIELDS = {
  key_id: true,
  sender: true,
  target_ranges: true,
  due_time: true,
  counted_from: true,
  last_run: true,
  missed_time: true,
  rev: true,
} as const;

const nextTimesSchema = z
  .array(z.date())
  .describe(`The next ${SHOWN_TIMES} planned times from now on; of a paused schedule: if it were resumed now`);

/** A schedule as answers have it. */
export const scheduleViewSchema = scheduleSchema.omit(INTERNAL_SCHEDULE_FIELDS);
export type ScheduleView = z.infer<typeof scheduleViewSchema>;
/** A schedule as lists show it. */
export const listedScheduleSchema = scheduleViewSchema
  .extend({
    planned_times: z
      .array(z.date())
      .optional()
      .describe(
        `With \`planned_from\`: the planned times of those days, the first ${MAX_PLANNED_TIMES} at most; none of a ` +
          'paused schedule',
      ),
  })
  .describe('A task that is created again and again, as lists show it');
/** A schedule with its next planned times. */
export const plannedScheduleSchema = scheduleViewSchema
  .extend({ next_times: nextTimesSchema })
  .describe('A task that is created again and again, and when next');

/** The answer to a dry run. */
export const schedulePlanSchema = z
  .strictObject({
    next_times: nextTimesSchema,
    total_targets: z.number().int().min(0).describe('Addresses of each task'),
  })
  .describe('What a schedule would do');

/** The same of a run. */
export const INTERNAL_RUN_FIELDS = {
  todo: true,
  compare: true,
  compared_time: true,
  comparing: true,
  key_id: true,
  sender: true,
} as const;

export const runViewSchema = scheduleRunSchema
  .omit(INTERNAL_RUN_FIELDS)
  .describe('What became of one planned time of a schedule');
export type ScheduleRunView = z.infer<typeof runViewSchema>;

/** `GET /api/schedules`: newest first. */
export const listSchedulesQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
  planned_from: timeSchema
    .optional()
    .describe(`Shows planned times from this one on; a page then has ${MAX_PLANNED_SCHEDULES} schedules at most`),
  planned_days: queryIntegerSchema({ min: 1, max: MAX_PLANNED_DAYS })
    .default(7)
    .describe('How many days of planned times, of 24 hours each; without `planned_from` it has no effect')
    .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: MAX_PLANNED_DAYS, default: 7 } }),
});

/** `GET /api/schedules/{schedule_id}/runs`: newest first. The cursor is the planned time of the last run. */
export const listRunsQuerySchema = z.strictObject({
  ...pageShape,
  cursor: queryIntegerSchema({ min: 0, max: 999_999_999_999_999 })
    .register(jsonForms, { form: { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 } })
    .optional()
    .describe(CURSOR),
  outcome: oneOrMore(runOutcomeSchema, runOutcomeSchema.options.length).describe(
    'Only runs with one of these outcomes',
  ),
});

const NIGHTLY = {
  name: 'Head office, every night',
  template: { task_target: '127.0.0.1', task_initiator: 'alice', scan: { ports: '22,80' } },
  cron: '30 2 * * *',
  time_zone: 'Europe/Berlin',
};
const STORED_PROBLEMS = ['document_unreadable', 'schedule_not_found'] as const;
const SCHEDULE_PROBLEMS = ['invalid_options', 'invalid_targets', 'out_of_scope'] as const;

/** The operations of the tag `schedules`. */
export const SCHEDULE_OPERATIONS = operationsOf('schedules', {
  listSchedules: {
    route: 'GET /api/schedules',
    summary: 'List schedules, newest first',
    role: 'viewer',
    networks: 'schedule',
    query: listSchedulesQuerySchema,
    answers: { 200: { when: 'A page of schedules', body: pageOf(listedScheduleSchema) } },
  },
  createSchedule: {
    route: 'POST /api/schedules',
    summary: 'Create a schedule',
    description:
      'It creates exactly one task for each planned time. Its tasks are created in the name of the API key that saved ' +
      'it; once that key is revoked or has expired, the schedule is paused.',
    role: 'operator',
    networks: 'schedule',
    body: createScheduleBodySchema,
    examples: {
      'every night': NIGHTLY,
      'every six hours, spread over a quarter of an hour': {
        name: 'DMZ',
        template: { task_target: '127.0.1.0/28', task_initiator: 'alice', scan: { ports: '443' } },
        every: 21_600,
        jitter: 900,
        overlap: 'cancel',
        pause_after_failures: 3,
        alert: { threshold: 1, ports: '22,3389' },
      },
    },
    answers: {
      201: { when: 'The schedule is created', body: plannedScheduleSchema, location: true },
      200: {
        when: 'A request with the same Idempotency-Key created it before',
        body: plannedScheduleSchema,
        location: true,
      },
    },
    problems: SCHEDULE_PROBLEMS,
  },
  planSchedule: {
    route: 'POST /api/schedules/dry-run',
    summary: 'See when a schedule would run, without creating it',
    description: 'Takes the body of POST /api/schedules. Nothing is stored, and an `Idempotency-Key` has no effect.',
    role: 'operator',
    networks: 'schedule',
    body: createScheduleBodySchema,
    examples: { 'every night': NIGHTLY },
    answers: { 200: { when: 'Its next planned times', body: schedulePlanSchema } },
    problems: SCHEDULE_PROBLEMS,
  },
  getSchedule: {
    route: 'GET /api/schedules/{schedule_id}',
    summary: 'Read a schedule, and its next planned times',
    versioned: 'read',
    role: 'viewer',
    networks: 'schedule',
    answers: { 200: { when: 'The schedule', body: plannedScheduleSchema } },
    problems: STORED_PROBLEMS,
  },
  changeSchedule: {
    route: 'PATCH /api/schedules/{schedule_id}',
    summary: 'Change a schedule',
    description:
      'What the body does not name stays. From now on it acts in the name of this API key. Planned times that were ' +
      'decided stay so: after a change of its times, the next one lies in the future.',
    versioned: 'both',
    role: 'operator',
    networks: 'schedule',
    body: changeScheduleBodySchema,
    examples: { 'every hour instead': { cron: '0 * * * *', reason: 'the customer asked for it' } },
    answers: { 200: { when: 'The schedule after the change', body: plannedScheduleSchema } },
    problems: [...STORED_PROBLEMS, ...SCHEDULE_PROBLEMS],
  },
  deleteSchedule: {
    route: 'DELETE /api/schedules/{schedule_id}',
    summary: 'Delete a schedule and the history of its runs; its tasks stay',
    description: 'A task that is being created at this moment may still appear.',
    versioned: 'write',
    role: 'operator',
    networks: 'schedule',
    query: deleteScheduleQuerySchema,
    answers: { 200: { when: 'The schedule that is deleted', body: listedScheduleSchema } },
    problems: ['schedule_not_found'],
  },
  pauseSchedule: toScheduleCommand(
    'pause',
    'Pause a schedule: it creates no tasks until it is resumed',
    'Its open tasks continue. Without effect on a paused schedule.',
  ),
  resumeSchedule: toScheduleCommand(
    'resume',
    'Resume a paused schedule',
    'Planned times of the pause are not caught up. From now on it acts in the name of this API key. Without effect on ' +
      'a schedule that is not paused.',
  ),
  runSchedule: {
    route: 'POST /api/schedules/{schedule_id}/run',
    summary: 'Run a schedule now, beside its planned times',
    description:
      'Also of a paused one. The task is created within some seconds, or once the open task of the schedule has ended. ' +
      'Commands of the same second are one run.',
    role: 'operator',
    networks: 'schedule',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 202: { when: 'The run is stored, and its task will be created', body: runViewSchema } },
    problems: STORED_PROBLEMS,
  },
  listScheduleRuns: {
    route: 'GET /api/schedules/{schedule_id}/runs',
    summary: 'List the runs of a schedule, newest first',
    role: 'viewer',
    networks: 'schedule',
    query: listRunsQuerySchema,
    answers: { 200: { when: 'A page of runs', body: pageOf(runViewSchema) } },
    problems: STORED_PROBLEMS,
  },
});

function toScheduleCommand<Command extends string>(command: Command, summary: string, description: string) {
  return {
    route: `POST /api/schedules/{schedule_id}/${command}`,
    summary,
    description,
    versioned: 'both',
    role: 'operator',
    networks: 'schedule',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The schedule after the command', body: plannedScheduleSchema } },
    problems: STORED_PROBLEMS,
  } as const satisfies Row;
}

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const SCHEDULE_REQUESTS = {
  CreateSchedule: createScheduleBodySchema,
  ChangeSchedule: changeScheduleBodySchema,
  ScheduleAlertSpec: scheduleAlertSchema,
};
export const SCHEDULE_ANSWERS = {
  Schedule: plannedScheduleSchema,
  ListedSchedule: listedScheduleSchema,
  SchedulePage: pageOf(listedScheduleSchema),
  SchedulePlan: schedulePlanSchema,
  ScheduleRun: runViewSchema,
  ScheduleRunPage: pageOf(runViewSchema),
  RunChanges: runChangesSchema,
  ScheduleAlert: scheduleAlertSchema,
};
