import {
  baseConfigShape,
  consumerConfigShape,
  envWhole,
  failpointConfigShape,
  mongodbConfigShape,
  nodeUsersConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';
import type * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...consumerConfigShape,
  ...nodeUsersConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  PREFETCH: envWhole(1_000, 1, 1_000).describe('Unacked envelopes per replica at most'),
  HELD_BYTES: envWhole(10_000_000, 1, 1_000_000_000).describe(
    'Bytes of the unacked envelopes per replica, about: of large envelopes it takes fewer than PREFETCH',
  ),
  BATCH_ENVELOPES: envWhole(500, 1, 1_000).describe('Envelopes in one batch at most'),
  BATCH_BYTES: envWhole(400_000, 1, 100_000_000).describe(
    'Bytes of the envelopes in one batch at most; a larger envelope is a batch of its own',
  ),
  LANES: envWhole(2, 1, 16).describe(
    'Transactions at once at most, and batches; updates of one subtask are never in two of them',
  ),
  BATCH_WAIT_MS: envWhole(5, 0, 1_000).describe(
    'Milliseconds for which an envelope waits for others, if the batch is not full and no other is under way',
  ),
  TRANSACTION_UPDATES: envWhole(1_000, 1, 10_000).describe('Updates written in one transaction at most'),
  PROGRESS_INTERVAL_MS: envWhole(25, 1, 10_000).describe(
    'Milliseconds between two publications of the progress of a task at least',
  ),
  ROLL_UP_INTERVAL_MS: envWhole(1_000, 10, 10_000).describe(
    'Milliseconds between two writes of progress to the documents of tasks at least',
  ),
  ...failpointConfigShape(['before_commit', 'after_commit_before_ack']),
};

export type Config = z.infer<z.ZodObject<typeof configShape>>;
