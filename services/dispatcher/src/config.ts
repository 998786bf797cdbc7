import {
  baseConfigShape,
  envWhole,
  mongodbConfigShape,
  rabbitmqConfigShape,
  stateQueuesConfigShape,
} from '@cyberstroll/runtime';
import type * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...stateQueuesConfigShape,
  ...mongodbConfigShape,
  DISPATCH_INTERVAL_MS: envWhole(50).describe('Milliseconds between two passes of the dispatch'),
  DISPATCH_IDLE_MS: envWhole(500).describe(
    'Milliseconds between two passes of the dispatch while tasks are open and none has targets left; a change of a ' +
      'task or a node ends the wait',
  ),
  RESEND_INTERVAL_MS: envWhole(500).describe(
    'Milliseconds between two passes that look for chunks that were sent and not begun',
  ),
  RESEND_AFTER_MS: envWhole(30_000).describe(
    'Milliseconds after which a chunk that has left its queue and was not begun is sent again, if a slot is free',
  ),
  CONTROL_INTERVAL_MS: envWhole(500, 1, 1_000).describe(
    'Milliseconds between two repeats on cs.control of the tasks that are paused or have ended',
  ),
  TASK_LEASE_MS: envWhole(8_000).describe('Milliseconds for which a task’s lease lasts after its last renewal'),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
