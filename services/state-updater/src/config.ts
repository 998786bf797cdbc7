import {
  baseConfigShape,
  consumerConfigShape,
  failpointConfigShape,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';
import { z } from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...consumerConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  PREFETCH: z.coerce.number().int().min(1).max(1_000).default(64).describe('Unacked envelopes per replica at most'),
  BATCH_ENVELOPES: z.coerce.number().int().min(1).max(1_000).default(32).describe('Envelopes in one batch at most'),
  BATCH_WAIT_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(20)
    .describe('Milliseconds for which an envelope waits for others, until the batch is full'),
  TRANSACTION_UPDATES: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_000)
    .describe('Updates written in one transaction at most'),
  ROLL_UP_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(10)
    .max(10_000)
    .default(100)
    .describe('Milliseconds between two roll-ups of a task at least'),
  ...failpointConfigShape(['before_commit', 'after_commit_before_ack']),
};

export type Config = z.infer<z.ZodObject<typeof configShape>>;
