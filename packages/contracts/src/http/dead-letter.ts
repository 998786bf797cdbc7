import { z } from 'zod';
import { DEAD_LETTER_STATES } from '../dead-letter';
import { pageLimitSchema, taskIdSchema } from '../fields';

export const deadLetterIdSchema = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');
export const MAX_DEAD_LETTERS_PER_CALL = 10_000;

const filterShape = {
  reason: z.string().min(1).max(100).optional(),
  queue: z.string().min(1).max(200).optional(),
  task_id: taskIdSchema.optional().describe('Only those whose content names this task'),
  before: z.iso.datetime({ offset: true }).optional().describe('Only those first seen before'),
  after: z.iso.datetime({ offset: true }).optional().describe('Only those first seen at or after'),
};
const filterSchema = z.strictObject({ ...filterShape, ids: z.array(deadLetterIdSchema).min(1).max(1_000).optional() });
export type DeadLetterFilter = z.infer<typeof filterSchema>;

const commandShape = {
  dry_run: z.boolean().default(false).describe('Say what would be done, and do nothing'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MAX_DEAD_LETTERS_PER_CALL)
    .default(1_000)
    .describe('The most dead letters of one call'),
};

/** `POST /api/dead-letters/replay`: the filter is of all that wait where it names nothing. */
export const replayDeadLettersBodySchema = z.strictObject({ filter: filterSchema, ...commandShape });
export type ReplayDeadLettersBody = z.infer<typeof replayDeadLettersBodySchema>;

/** `POST /api/dead-letters/discard`. */
export const discardDeadLettersBodySchema = z.strictObject({
  filter: filterSchema.refine((filter) => Object.values(filter).some((value) => value !== undefined), {
    message: 'must name at least one of ids, reason, queue, task_id, before, after',
  }),
  ...commandShape,
});
export type DiscardDeadLettersBody = z.infer<typeof discardDeadLettersBodySchema>;

/** `GET /api/dead-letters`. */
export const listDeadLettersQuerySchema = z.strictObject({
  ...filterShape,
  state: z.enum(DEAD_LETTER_STATES).optional().describe('All but the discarded where it is not given'),
  limit: pageLimitSchema,
  cursor: z.string().max(100).optional().describe('`next_cursor` of the page before'),
});

export interface SkippedDeadLetter {
  id: string;
  /** `already_replayed`, `discarded`, `not_found`, `content_cut`, `not_json`, `no_origin`, `unroutable`, … */
  why: string;
}

/** What a replay or a discard did; with `dry_run` what it would have done. */
export interface DeadLetterOutcome {
  matched: number;
  skipped: SkippedDeadLetter[];
  dry_run: boolean;
  /** More wait for it than one call takes: call again. */
  more: boolean;
}
