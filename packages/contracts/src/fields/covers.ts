import * as z from 'zod';
import { toSentence } from '../sentences/sentences';
import { labelSchema, networkSchema, poolSchema } from './fields';

const NAMES = 'all, pool, label, network';

/** What a rule covers. A network covers each task that has a target in it. */
export const coversSchema = z
  .strictObject({
    all: z.literal(true).optional().describe('Every task'),
    pool: poolSchema.optional().describe('The tasks of this pool'),
    label: labelSchema.optional().describe('The tasks with this label'),
    network: networkSchema.optional().describe('The tasks with a target in this network'),
  })
  .refine((covers) => Object.values(covers).filter((value) => value !== undefined).length === 1, {
    message: toSentence('one_of_covers'),
  })
  .meta({ minProperties: 1, maxProperties: 1 })
  .describe(`What a rule covers: exactly one of ${NAMES}`);
export type Covers = z.infer<typeof coversSchema>;
