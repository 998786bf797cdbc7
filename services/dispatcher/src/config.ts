import { baseConfigShape, envWhole, mongodbConfigShape, rabbitmqConfigShape } from '@cyberstroll/runtime';
import type * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...mongodbConfigShape,
  DISPATCH_INTERVAL_MS: envWhole(50).describe('Milliseconds between two passes of the dispatch'),
  DISPATCH_IDLE_MS: envWhole(500).describe(
    'Milliseconds between two passes of the dispatch while tasks are open and none has targets left; a change of a ' +
      'task or a node ends the wait',
  ),
  CONTROL_INTERVAL_MS: envWhole(500, 1, 1_000).describe(
    'Milliseconds between two messages to nodes of what must not begin. Without one for 2 s nodes begin nothing',
  ),
  TASK_LEASE_MS: envWhole(8_000).describe('Milliseconds for which a task’s lease lasts after its last renewal'),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
