import { baseConfigShape, mongodbConfigShape, rabbitmqConfigShape } from '@cyberstroll/runtime';
import { z } from 'zod';

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...mongodbConfigShape,
  HEARTBEAT_TIMEOUT_MS: milliseconds(15_000).describe('Milliseconds of silence after which a node is offline'),
  SWEEP_INTERVAL_MS: milliseconds(1_000).describe('Milliseconds between two looks for silent nodes and overdue work'),
  ORPHAN_INTERVAL_MS: milliseconds(5_000).describe(
    'Milliseconds between two looks for what is held by nodes that are offline or were restarted',
  ),
  BREAKER_SHARE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Part of the fleet: when more of it falls silent at once, nodes are let be and an alert is told'),
  BREAKER_HOLD_MS: milliseconds(60_000).describe(
    'Milliseconds of silence after which a node is offline even while the breaker holds',
  ),
  ZOMBIE_GRACE_MS: milliseconds(20_000).describe(
    'Milliseconds that no heartbeat of a node lists what it holds, after which that is given to another',
  ),
  UPDATE_REPEAT_MS: milliseconds(10_000).describe(
    'Milliseconds after which an update that was not applied yet is sent once more',
  ),
};
export type Config = z.infer<z.ZodObject<typeof configShape>>;
