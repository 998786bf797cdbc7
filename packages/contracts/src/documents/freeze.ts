import * as z from 'zod';
import { coversSchema } from '../fields/covers';
import { documentIdSchema, labelSchema, networkSchema, reasonTextSchema, ruleLevelSchema } from '../fields/fields';
import { runningScansSchema } from '../fields/scan-windows';

export const freezeKindSchema = z
  .enum(['freeze', 'blackout'])
  .describe('`freeze`: it began when it was made; `blackout`: a planned period');
export type FreezeKind = z.infer<typeof freezeKindSchema>;

/**
 * The `freezes` collection. While it holds, what it covers begins nothing. A blackout is a freeze that was planned: the
 * same rule with a beginning and an end.
 */
export const freezeSchema = z
  .object({
    freeze_id: documentIdSchema,
    kind: freezeKindSchema,
    covers: coversSchema,
    reason: reasonTextSchema,
    operator: labelSchema,
    level: ruleLevelSchema.optional(),
    created_time: z.date(),
    from: z.date(),
    until: z.date().optional().describe('Absent: until it is lifted'),
    running: runningScansSchema.optional().describe('What it does to running scans; absent: `end`'),
    within: z
      .array(networkSchema)
      .optional()
      .describe('Networks of the API key that made it: it covers only tasks whose targets lie wholly in them'),
  })
  .describe('A rule that lets what it covers begin nothing');
export type Freeze = z.infer<typeof freezeSchema>;

export const holdCodeSchema = z
  .enum(['frozen', 'blackout', 'outside_window'])
  .describe('`frozen`, `blackout`: a freeze or a blackout covers it; `outside_window`: none of its windows is open');
export type HoldCode = z.infer<typeof holdCodeSchema>;

/** Written on a task while a rule says that it may begin nothing. */
export const holdSchema = z
  .object({
    code: holdCodeSchema,
    /** In words. */
    reason: z.string(),
    since: z.date(),
    /** When the rule ends, or the next window opens. Absent: when it is lifted. */
    until: z.date().optional(),
    /** Of a freeze or a blackout. */
    freeze_id: documentIdSchema.optional(),
    operator: labelSchema.optional(),
    /** `abort` stays while the task is held, whichever rule holds it: nothing of it runs any more. Absent: `end`. */
    running: runningScansSchema.optional(),
  })
  .describe('Why a task begins nothing now, whatever its status');
export type Hold = z.infer<typeof holdSchema>;
