import { TASK_STATUSES, type TaskStatus } from '@cyberstroll/state-machine';
import * as z from 'zod';
import { errorShareSchema } from '../fields/error-threshold';
import {
  countSchema,
  documentIdSchema,
  errorCodeSchema,
  labelSchema,
  labelsSchema,
  methodSchema,
  poolSchema,
  taskIdSchema,
  taskNameSchema,
} from '../fields/fields';
import { metadataSchema, scanOptionsSchema } from '../fields/json-object';
import { runningScansSchema, scanWindowsSchema } from '../fields/scan-windows';
import { toSentence } from '../sentences/sentences';
import { taskExcludedSchema } from './exclusion';
import { holdSchema } from './freeze';
import { limitNumbersShape } from './limit';
import { ownerSchema } from './owner';
import { progressSchema } from './progress';
import { retrySelectionSchema } from './retry-selection';

/** Which addresses of another task are scanned again. */
export const ONLY = ['failed', 'open', 'excluded'] as const;
export const onlySchema = z
  .enum(ONLY)
  .describe(
    '`failed`: those that are FAILED or TIMEOUT; `open`: those with an open port; `excluded`: those that it has lost ' +
      'to exclusions',
  );
export type Only = z.infer<typeof onlySchema>;

export const taskStatusSchema = z.enum(TASK_STATUSES as [TaskStatus, ...TaskStatus[]]).describe('The status of a task');

/** One change of a task's state. */
export const taskHistoryEntrySchema = z
  .object({
    status: taskStatusSchema,
    timestamp: z.date(),
    reason: z.string(),
    operator: z.string(),
    /** How many entries this one stands for; it shows the last of them. Absent in an ordinary entry. */
    folded: countSchema.optional(),
    /** In a folded entry: the time of the first of them. */
    since: z.date().optional(),
    /**
     * Seconds that the task was held before this change, and since the one before. In a folded entry: seconds that the
     * task was held, PAUSED or ended between the first and the last of them.
     */
    idle_seconds: z.number().optional(),
  })
  .describe('One change of the status of a task');

export const MAX_RETRYABLE_CODES = 50;

/** zod silently drops this key from a record. */
function refusePrototypeKey(codes: unknown, context: z.RefinementCtx): unknown {
  if (typeof codes === 'object' && codes !== null && Object.hasOwn(codes, '__proto__')) {
    context.addIssue({ code: 'custom', path: ['__proto__'], message: toSentence('not_an_error_code') });
  }
  return codes;
}

export const targetOrderSchema = z.enum(['permuted', 'sequential']).describe('Order in which addresses are scanned');

/** Contract 3.1 `config`, and ours: subtask_timeout, max_retry_delay, pool, order, retryable, windows, its limits. */
export const taskConfigSchema = z
  .object({
    max_retries: z.number().int().min(0).max(100).default(3).describe('Retries of a failed subtask'),
    retry_delay: z
      .number()
      .min(0)
      .max(86_400)
      .default(5)
      .describe('Seconds: the least delay of a retry; the delay doubles with each'),
    max_retry_delay: z
      .number()
      .min(0)
      .max(86_400)
      .default(300)
      .describe('Seconds: the most that a retry is delayed; a value below retry_delay counts as retry_delay'),
    timeout: z
      .number()
      .min(0)
      .max(31_536_000)
      .default(86_400)
      .describe('Seconds that the task may run; 0 is without end'),
    subtask_timeout: z.number().min(1).max(86_400).default(300).describe('Seconds that one address may take'),
    priority: z.number().int().min(1).max(10).default(5).describe('Share of the fleet, relative to other tasks'),
    pool: poolSchema.default('default').describe('Which nodes may scan'),
    order: targetOrderSchema.default('permuted').describe('Order in which addresses are scanned'),
    retryable: z
      .preprocess(
        refusePrototypeKey,
        z
          .record(errorCodeSchema, z.boolean())
          .refine(
            (codes) => Object.keys(codes).length <= MAX_RETRYABLE_CODES,
            toSentence('too_many_codes', { most: MAX_RETRYABLE_CODES }),
          )
          .meta({ maxProperties: MAX_RETRYABLE_CODES }),
      )
      .default({})
      .describe('Error codes that are (not) retried, against the table; TASK_HELD always is'),
    ...limitNumbersShape,
    windows: scanWindowsSchema.optional(),
    at_close: runningScansSchema.optional().describe('What the end of a window does to running scans; absent: `end`'),
  })
  .describe('How a task is scanned and retried');
export type TaskConfig = z.infer<typeof taskConfigSchema>;

export const scanSchema = z
  .object({
    ports: z.string().describe('Ports and ranges, merged and ascending: 22,80,8000-8010'),
    method: methodSchema,
    options: scanOptionsSchema.optional(),
  })
  .describe('How each address is scanned');
export type Scan = z.infer<typeof scanSchema>;

/** The most characters of `task_target` and `exclude_target` in a task's document; `task_targets` has them whole. */
export const SHOWN_TARGET_LENGTH = 1_000;

/**
 * The `tasks` collection: contract 3.1 field for field; below the line, ours. A document stays under 64 KB:
 * `task_target` and `exclude_target` are cut, and the history is folded.
 */
export const taskSchema = z.object({
  task_id: taskIdSchema,
  task_initiator: labelSchema,
  task_target: z.string(),
  task_type: labelSchema,
  task_category: labelSchema,
  status: taskStatusSchema,
  /** 100 entries and 32 KB at most: of more, the oldest in the middle are folded into one. */
  status_history: z.array(taskHistoryEntrySchema),
  progress: progressSchema,
  created_time: z.date(),
  queued_time: z.date().optional(),
  /** When the first scan began; until one is reported, when the task became RUNNING. */
  started_time: z.date().optional(),
  /** When the last scan ended; where a command, a time-out or no scan at all ended the task, when it did. */
  completed_time: z.date().optional(),
  estimated_completion: z.date().optional(),
  /** Seconds from started_time to completed_time, without those that it was PAUSED, or ended and not yet retried. */
  actual_duration: z.number().optional(),
  config: taskConfigSchema,
  error_info: z.object({
    /** Subtasks that are FAILED or TIMEOUT now: what `error_threshold` is compared with. */
    error_count: countSchema,
    last_error: z.string().optional(),
    /**
     * The task fails once `error_count` is more. Without a threshold it is `total_targets`, and failures end no task.
     */
    error_threshold: countSchema,
    // ours
    /** The share of all targets that `error_threshold` was given as: it grows with them. */
    error_threshold_share: errorShareSchema.optional(),
    /** Attempts that failed or timed out, those that were retried too. */
    failed_attempts: countSchema.optional(),
  }),
  // ours
  name: taskNameSchema.optional(),
  labels: labelsSchema,
  metadata: metadataSchema.optional(),
  /** The task that it scans again, and which addresses of it; without `only`: all of its targets. */
  from_task: taskIdSchema.optional(),
  only: onlySchema.optional(),
  /** The schedule that created it, and for which planned time. */
  schedule_id: documentIdSchema.optional(),
  planned_time: z.date().optional(),
  /** What is scanned after it, as it was given: each item is a `TaskStep`. The first begins when it is COMPLETED. */
  on_end: z.array(z.record(z.string(), z.unknown())).optional(),
  /** The task of the first item of `on_end`. */
  next_task: taskIdSchema.optional(),
  /** Why there is no such task. */
  on_end_error: z.object({ code: z.string(), detail: z.string() }).optional(),
  exclude_target: z.string().optional(),
  excluded: taskExcludedSchema.optional(),
  /**
   * The targets without the excluded, as ascending ranges of address keys, so that tasks are found by address. Of more
   * than 64 ranges, those with the smallest gaps between them are joined.
   */
  target_ranges: z.array(z.object({ first: z.string(), last: z.string() })),
  scan: scanSchema,
  /** The first index that has not been sent out. */
  cursor: countSchema,
  /** Rises with each write of the state; the guard of every state write. A part of each `seq`. */
  rev: countSchema,
  /** Rises with each change of name, labels or priority, which are no part of the state. Absent: none was changed. */
  edits: countSchema.optional(),
  /** How many writes that raised `rev` changed nothing that clients see. Absent: none. */
  unseen: countSchema.optional(),
  /** Rises when an updater opens counters: an end that was decided without them is decided again. */
  fence: countSchema.optional(),
  /** The seq of the roll-up in `progress`: a roll-up of a lower one is not written. */
  progress_seq: countSchema,
  /** Ended, without an open subtask: sweeps skip it. */
  settled: z.boolean(),
  /** When it was last resumed, or its last hold ended: nodes may have dropped jobs that were sent before. */
  resumed_time: z.date().optional(),
  /**
   * Seconds that it was PAUSED or held so far: the task's clock stops meanwhile. While it is stopped, `paused_time` is
   * when that began, or when the task last changed meanwhile.
   */
  paused_seconds: z.number(),
  paused_time: z.date().optional(),
  /** Why it begins nothing now, whatever its status. Absent in an ended task. */
  hold: holdSchema.optional(),
  /** Of `paused_seconds`: holds that ended after the last change of the status. */
  held_seconds: z.number().optional(),
  /**
   * After an operator's retry of single subtasks: the task does not end before `until`, or before as many failed
   * subtasks were retried. Without `retries` the time alone ends it.
   */
  end_hold: z.object({ retries: countSchema.optional(), until: z.date() }).optional(),
  /** What had failed when an operator took it up again for some of it: `error_threshold` allows as many besides. */
  accepted_failures: countSchema.optional(),
  /**
   * An operator's retry of everything that was closed as failed or timed out by then, or of a selection of it; gone
   * when each of these is at its next attempt.
   */
  retry_all: z
    .object({
      requested_time: z.date(),
      reason: z.string(),
      operator: z.string(),
      selection: retrySelectionSchema.optional(),
    })
    .optional(),
  /** It is to be deleted. From `deleting_time` on it is hidden from all reads, and its documents are deleted. */
  clean_up: z.object({ requested_time: z.date(), operator: z.string(), deleting_time: z.date().optional() }).optional(),
  /** Of a task with `on_end`: in whose name what follows is created. `todo` until it is, or cannot be. */
  chain: ownerSchema.extend({ todo: z.literal(true).optional() }).optional(),
  /** W3C Trace Context of the request that created it. */
  traceparent: z.string().optional(),
});
export type Task = z.infer<typeof taskSchema>;
