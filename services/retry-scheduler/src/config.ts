import { MAX_BODY_BYTES } from '@cyberstroll/messaging';
import {
  baseConfigShape,
  consumerConfigShape,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';
import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...consumerConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  RETRY_INTERVAL_MS: milliseconds(250).describe('Milliseconds between two looks for retries that are due'),
  RETRY_RESEND_MS: milliseconds(60_000).describe(
    'Milliseconds after which a retry that no node has taken is sent again, where its queue is empty and a slot is free',
  ),
  FOLLOW_INTERVAL_MS: milliseconds(500).describe('Milliseconds between two looks for what is open of ended tasks'),
  CANCEL_REPEAT_MS: milliseconds(1_000).describe(
    'Milliseconds after which a subtask of an ended task that is still open is cancelled once more',
  ),
  ROLL_UP_INTERVAL_MS: milliseconds(1_000).describe('Milliseconds between two roll-ups of every open task'),
  CLEAN_UP_INTERVAL_MS: milliseconds(3_600_000).describe('Milliseconds between two looks for expired tasks'),
  EXPIRE_DAYS: z.coerce.number().min(0).default(30).describe('Days after its end that a task is kept'),
  ARCHIVE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe('Directory that a task is archived to before it is deleted; default: none, not archived'),
  DEAD_LETTER_DAYS: z.coerce.number().min(0).default(30).describe('Days that a dead letter is kept'),
  DEAD_LETTER_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_BODY_BYTES)
    .default(MAX_BODY_BYTES)
    .describe(
      'Bytes up to which its content is kept whole; of one that is longer, 64 KiB at most, and it cannot be replayed',
    ),
  AUDIT_INTERVAL_MS: milliseconds(60_000).describe('Milliseconds between two rounds of the consistency audit'),
  AUDIT_GRACE_MS: milliseconds(30_000).describe(
    'Milliseconds after which what any run passes through for a moment is an inconsistency',
  ),
  AUDIT_ENDED_MS: milliseconds(3_600_000).describe('Milliseconds after its end for which a task is still audited'),
  AUDIT_MAX_SUBTASKS: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_048_576)
    .describe(
      'Subtasks that one transaction of the audit counts: a task of which more were sent out is recounted by so many at a time, while it stands still',
    ),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
