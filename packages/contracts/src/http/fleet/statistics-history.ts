import { BUCKET_OF_STATUS } from '@cyberstroll/state-machine';
import * as z from 'zod';
import { countSchema, queryIntegerSchema } from '../../fields/fields';
import { jsonForms } from '../../json-schema/json-forms';
import { NODE_STANDINGS } from './statistics';

/** Seconds between two samples, and minutes that one is kept. */
export const SAMPLE_SECONDS = 10;
export const SAMPLE_MINUTES = 60;

/** Seconds between two samples that are kept longer, and minutes that one is: a week. */
export const COARSE_SECONDS = 300;
export const COARSE_MINUTES = 10_080;

/** How far apart the samples of an answer are, by how far back it reaches at most. A week has 336. */
export const HISTORY_STEPS = [
  { minutes: SAMPLE_MINUTES, seconds: SAMPLE_SECONDS },
  { minutes: 1_440, seconds: COARSE_SECONDS },
  { minutes: COARSE_MINUTES, seconds: 6 * COARSE_SECONDS },
] as const;

export const toHistorySeconds = (asked: number): number =>
  (HISTORY_STEPS.find(({ minutes }) => asked <= minutes) ?? HISTORY_STEPS[2]).seconds;

const countsOf = <Name extends string>(names: readonly Name[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, countSchema])) as Record<Name, typeof countSchema>);

/** The figures of `GET /api/statistics` at one moment. */
export const statisticsSampleSchema = z
  .object({
    timestamp: z.date(),
    counted_tasks: countSchema.describe('Tasks that `subtasks` and `updates_applied_total` cover'),
    is_complete: z.boolean().describe('False if there were more such tasks than are read at once'),
    subtasks: countsOf(Object.values(BUCKET_OF_STATUS)),
    updates_applied_total: countSchema.describe('Falls when a task is no longer counted'),
    update_queue_lag: z.number().nullable().describe('Seconds; null while it is not measured'),
    nodes: countsOf(NODE_STANDINGS),
    slots: z.object({ used: countSchema, total: countSchema }).describe('Of the nodes that send heartbeats'),
    tasks: countsOf(['queued', 'running', 'paused']),
    queues: z
      .array(z.object({ queue: z.string(), messages: countSchema }))
      .optional()
      .describe('Those that are not empty; absent while they are not read'),
  })
  .describe('The figures of all tasks and nodes at one moment');
export type StatisticsSample = z.infer<typeof statisticsSampleSchema>;

/** `GET /api/statistics/history`. */
export const statisticsHistoryQuerySchema = z.strictObject({
  minutes: queryIntegerSchema({ min: 1, max: COARSE_MINUTES })
    .default(SAMPLE_MINUTES)
    .describe('How far back. Up to an hour: a sample each 10 seconds; a day: each 5 minutes; a week: each half hour')
    .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: COARSE_MINUTES, default: SAMPLE_MINUTES } }),
});

export const statisticsHistorySchema = z
  .strictObject({
    interval_seconds: countSchema.describe('Between two samples. A larger gap: no samples were taken then'),
    items: z.array(statisticsSampleSchema).describe('The oldest first'),
  })
  .describe('The figures of the last minutes');
