import * as z from 'zod';
import { errorCodeSchema } from '../fields/fields';

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

const ADDRESS = '[0-9A-Fa-f:.]+';
const ENTRY = `${ADDRESS}(/[0-9]{1,3}|-${ADDRESS})?`;

/** The schema of targets in a query or a body. */
export const selectedTargetSchema = z
  .string()
  .min(1)
  .max(MAX_SELECTION_TEXT)
  .meta({ pattern: `^[\\s,]*${ENTRY}([\\s,]+${ENTRY})*[\\s,]*$`, examples: ['10.0.0.0/24, 10.0.1.1-20'] })
  .optional()
  .describe(
    `Only these addresses: addresses, CIDR, ranges; at most ${MAX_SELECTED_TARGETS.toLocaleString('en')} that ` +
      'are targets of the task',
  );
