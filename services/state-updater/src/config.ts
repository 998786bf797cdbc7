import {
  baseConfigShape,
  consumerConfigShape,
  failpointConfigShape,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
  stateQueuesConfigShape,
} from '@cyberstroll/runtime';
import * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...stateQueuesConfigShape,
  ...consumerConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  PREFETCH: z.coerce.number().int().min(1).max(1_000).default(1_000).describe('Unacked envelopes per replica at most'),
  HELD_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(8_000_000)
    .describe('Bytes of the unacked envelopes per replica, about: of large envelopes it takes fewer than PREFETCH'),
  BATCH_ENVELOPES: z.coerce.number().int().min(1).max(1_000).default(500).describe('Envelopes in one batch at most'),
  BATCH_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .default(400_000)
    .describe('Bytes of the envelopes in one batch at most; a larger envelope is a batch of its own'),
  LANES: z.coerce
    .number()
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe('Transactions at once at most, and batches; updates of one subtask are never in two of them'),
  BATCH_WAIT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(5)
    .describe(
      'Milliseconds for which an envelope waits for others, if the batch is not full and no other is under way',
    ),
  TRANSACTION_UPDATES: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_000)
    .describe('Updates written in one transaction at most'),
  PROGRESS_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(25)
    .describe('Milliseconds between two publications of the progress of a task at least'),
  ROLL_UP_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(10)
    .max(10_000)
    .default(1_000)
    .describe('Milliseconds between two writes of progress to the documents of tasks at least'),
  ...failpointConfigShape(['before_commit', 'after_commit_before_ack']),
};

export type Config = z.infer<z.ZodObject<typeof configShape>>;
