import { MAX_MESSAGE_BYTES } from '@cyberstroll/contracts';
import {
  baseConfigShape,
  consumerConfigShape,
  envWhole,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';
import * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...consumerConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  RETRY_INTERVAL_MS: envWhole(250).describe('Milliseconds between two passes over the tasks that an operator retries'),
  RESEND_AFTER_MS: envWhole(30_000).describe(
    'Milliseconds after which a chunk that has left its queue and was not begun is sent again, if a slot is free',
  ),
  FOLLOW_INTERVAL_MS: envWhole(500).describe('Milliseconds between two checks for open subtasks of ended tasks'),
  CANCEL_REPEAT_MS: envWhole(1_000).describe(
    'Milliseconds after which an open subtask of an ended task is cancelled again',
  ),
  ROLL_UP_INTERVAL_MS: envWhole(1_000).describe(
    'Milliseconds between two passes over open tasks that look for missing roll-ups',
  ),
  CLEAN_UP_INTERVAL_MS: envWhole(3_600_000).describe('Milliseconds between two checks for expired tasks'),
  EXPIRE_DAYS: z.coerce.number().min(0).default(30).describe('Days that a task is kept after its end'),
  ARCHIVE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Directory where a task is archived before it is deleted; default: tasks are not archived'),
  DEAD_LETTER_DAYS: z.coerce.number().min(0).default(30).describe('Days that a dead letter is kept'),
  DEAD_LETTER_MAX_BYTES: envWhole(MAX_MESSAGE_BYTES, 1, MAX_MESSAGE_BYTES).describe(
    'Largest content of a dead letter that is kept whole, in bytes; of a longer one at most 64 KiB are kept, and ' +
      'it cannot be replayed',
  ),
  AUDIT_INTERVAL_MS: envWhole(60_000).describe(
    'Milliseconds between the starts of two rounds of the consistency audit',
  ),
  AUDIT_GRACE_MS: envWhole(30_000).describe(
    'Milliseconds that a state which is normal for a moment must last to be an inconsistency',
  ),
  AUDIT_ENDED_MS: envWhole(3_600_000).describe('Milliseconds that a task is audited after its end'),
  AUDIT_MAX_SUBTASKS: envWhole(1_048_576).describe(
    'Subtasks that one transaction of the audit counts; a larger task is recounted in slices of this size, while ' +
      'its counters do not move',
  ),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
