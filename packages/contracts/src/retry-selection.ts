import * as z from 'zod';
import { errorCodeSchema } from './fields';

/** Addresses of a task that `target` may name, in a list and in a retry. */
export const MAX_SELECTED_TARGETS = 65_536;
/** Characters of `target` at most. */
export const MAX_SELECTION_TEXT = 16_000;

export const retryStatusSchema = z.enum(['FAILED', 'TIMEOUT']);

/** Which of the subtasks that FAILED or timed out are retried: those that match everything that is given. */
export const retrySelectionSchema = z.object({
  status: z.array(retryStatusSchema).optional(),
  error_code: errorCodeSchema.optional(),
  target: z.string().optional(),
});
export type RetrySelection = z.infer<typeof retrySelectionSchema>;

/** Of targets in a query or a body. */
export const selectedTargetSchema = z
  .string()
  .min(1)
  .max(MAX_SELECTION_TEXT)
  .meta({ format: 'targets' })
  .optional()
  .describe(
    `Only these addresses: addresses, CIDR, ranges; at most ${MAX_SELECTED_TARGETS.toLocaleString('en')} that ` +
      'are targets of the task',
  );
