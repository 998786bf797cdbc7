import * as z from 'zod';
import { countSchema, documentIdSchema, labelSchema, taskIdSchema, taskNameSchema } from '../fields/fields';
import { portsSchema } from '../fields/ports';
import { timeZoneSchema } from '../fields/time-zone';
import { ownerShape } from './owner';
import { taskStatusSchema } from './task';

/** What becomes of a planned time while a task of the schedule is open. */
export const OVERLAPS = ['skip', 'queue', 'cancel'] as const;
export const overlapSchema = z
  .enum(OVERLAPS)
  .describe(
    'While a task of the schedule is open: `skip` the planned time, `queue` one run until that task has ended, or ' +
      '`cancel` that task',
  );
export type Overlap = z.infer<typeof overlapSchema>;

export const MIN_INTERVAL_SECONDS = 60;
export const MAX_INTERVAL_SECONDS = 31_536_000;
export const MAX_JITTER_SECONDS = 86_400;
/** Many schedules name the same minute: their tasks are not all created in its first second. */
export const DEFAULT_JITTER_SECONDS = 60;
/** Every run is a little late. */
export const MIN_CATCH_UP_SECONDS = 60;
export const MAX_CATCH_UP_SECONDS = 2_592_000;

/** In whose name the system pauses a schedule. */
export const SCHEDULE_PAUSER = 'task-api';

/** What says when a schedule is due. */
export const scheduleTimesShape = {
  cron: z
    .string()
    .max(200)
    .optional()
    .describe('Five fields: minute, hour, day of month, month, day of week; or a name such as @daily'),
  every: z
    .number()
    .int()
    .min(MIN_INTERVAL_SECONDS)
    .max(MAX_INTERVAL_SECONDS)
    .optional()
    .describe('Seconds from one planned time to the next, counted from `start`, or from its creation'),
  time_zone: timeZoneSchema.describe('The IANA time zone of `cron`'),
  start: z.date().optional().describe('No planned time lies before it'),
  end: z.date().optional().describe('Every planned time lies before it'),
  jitter: z
    .number()
    .int()
    .min(0)
    .max(MAX_JITTER_SECONDS)
    .describe(
      'Seconds. All runs of a schedule are late by the same time, and by this at most. So schedules of the same ' +
        'minute begin one after the other. 0: each run begins at its planned time',
    ),
};

/** When changes from one run to the next raise an alert. */
export const scheduleAlertSchema = z
  .strictObject({
    threshold: z.number().int().min(1).max(1_000_000).default(1).describe('This many changes raise the alert'),
    ports: portsSchema.optional().describe('Only changes of these ports count; absent: of all ports'),
  })
  .describe('When changes from one complete run to the next raise the alert `schedule_changed`');
export type ScheduleAlert = z.output<typeof scheduleAlertSchema>;

/** The `schedules` collection: a task that is created again and again. */
export const scheduleSchema = z
  .object({
    schedule_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    name: taskNameSchema,
    template: z.record(z.string(), z.unknown()).describe('As it was sent: the body of the tasks that it creates'),
    ...scheduleTimesShape,
    overlap: overlapSchema,
    catch_up: countSchema.describe('Seconds: a run that is later than this is missed'),
    pause_after_failures: countSchema.optional().describe('This number of failed runs in a row pauses the schedule'),
    alert: scheduleAlertSchema.optional(),
    paused: z.boolean(),
    paused_by: labelSchema.optional().describe('Who paused it: the name of an API key, or `task-api`'),
    pause_reason: z.string().optional(),
    operator: labelSchema.describe('In whose name it creates tasks: the API key that saved or resumed it last'),
    created_time: z.date(),
    changed_time: z.date().describe('When an operator changed it last'),
    next_time: z
      .date()
      .optional()
      .describe('The next planned time that is not decided yet; absent while it is paused, and after the last one'),
    // What follows is never shown.
    ...ownerShape,
    /** As those of a task: of the template. */
    target_ranges: z.array(z.object({ first: z.string(), last: z.string() })),
    /** `next_time` with its jitter. Absent with it: then nothing is due. */
    due_time: z.date().optional(),
    /** Failed runs count from this planned time on. */
    counted_from: z.date(),
    /** The planned time of the run whose task was created last: written with that task, and by nothing else. */
    last_run: z.date().optional(),
    /** The planned time that was decided last, if it was missed. A change by an operator removes it. */
    missed_time: z.date().optional(),
    /** Rises with each change by an operator. */
    rev: countSchema,
  })
  .describe('A task that is created again and again');
export type Schedule = z.infer<typeof scheduleSchema>;

/** `waiting`: its task is created soon, or once the one before has ended. */
export const RUN_OUTCOMES = ['waiting', 'created', 'skipped_overlap', 'missed', 'failed'] as const;
export const runOutcomeSchema = z
  .enum(RUN_OUTCOMES)
  .describe(
    '`waiting`: the task is created soon, or once the one before has ended; `skipped_overlap`: a task was open; ' +
      '`missed`: it was later than `catch_up`; `failed`: the task could not be created',
  );
export type RunOutcome = z.infer<typeof runOutcomeSchema>;

/** What changed from the last complete run to this one. */
export const runChangesSchema = z
  .strictObject({
    planned_time: z.date().describe('The run that it is compared with: the last complete one before it'),
    task_id: taskIdSchema.describe('The task of that run: `GET /api/tasks/{this}/diff/{task_id of the run}`'),
    opened: countSchema.describe('Ports that are open now'),
    closed: countSchema.describe('Ports that are closed now'),
    changed: countSchema.describe('Open ports with another service or banner'),
    alerting: countSchema.describe('Of these three, those on the ports of `alert`; all of them without it'),
  })
  .describe('What changed from the last complete run to this one');
export type RunChanges = z.infer<typeof runChangesSchema>;

/** The `schedule_runs` collection: one planned time of a schedule. The first of missed ones in a row stands for all. */
export const scheduleRunSchema = z
  .object({
    schedule_id: documentIdSchema,
    planned_time: z.date().describe('Names the run. Of a run that was commanded: when'),
    outcome: runOutcomeSchema,
    missed_until: z.date().optional().describe('Of a missed run: every planned time before this one was missed too'),
    requested_by: labelSchema.optional().describe('Who commanded the run; absent if its time was planned'),
    task_id: taskIdSchema.optional(),
    task_status: taskStatusSchema.optional().describe('How the task has ended first; a retry does not change it'),
    changes: runChangesSchema
      .optional()
      .describe('Of a run whose task is COMPLETED; absent for the first one, and until they are counted'),
    error: z
      .strictObject({ code: z.string().describe('As the code of a problem'), detail: z.string() })
      .optional()
      .describe('Why the task could not be created'),
    decided_time: z.date().describe('When the outcome was decided'),
    expires: z.date().describe('When the run is deleted'),
    // What follows is never shown.
    /** What is still to be done for it. Absent: nothing. */
    todo: z.enum(['create', 'watch']).optional(),
    /** It is to be compared with the run before it. */
    compare: z.literal(true).optional(),
    /** When that was begun or continued last. */
    compared_time: z.date().optional(),
    /** What is counted so far, for which `alert`, and the key of the last host that is. */
    comparing: z
      .object({ changes: runChangesSchema, alert: scheduleAlertSchema.optional(), after: z.string() })
      .optional(),
    /** Of who commanded it. */
    ...ownerShape,
  })
  .describe('What became of one planned time of a schedule');
export type ScheduleRun = z.infer<typeof scheduleRunSchema>;
