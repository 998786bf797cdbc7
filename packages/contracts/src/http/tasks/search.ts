import * as z from 'zod';
import { taskStatusSchema } from '../../documents/task';
import { labelsSchema, taskIdSchema, taskNameSchema } from '../../fields/fields';
import { nodeStatusSchema } from '../../messages/heartbeat';
import { toSentence } from '../../sentences/sentences';

/** Finds of one kind at most. */
export const MAX_FOUND = 10;

/** `GET /api/search`. */
export const searchQuerySchema = z.strictObject({
  q: z
    .string()
    .min(1)
    .max(200)
    .regex(/\S/, toSentence('not_blank'))
    .trim()
    .describe(
      'A part of the name of a task; the beginning of a task id, of a label, or of a node id; or an address or a network',
    ),
});

export const FOUND_BY = ['task_id', 'name', 'label', 'target'] as const;
export type FoundBy = (typeof FOUND_BY)[number];

const foundTaskSchema = z.strictObject({
  task_id: taskIdSchema,
  found_by: z.enum(FOUND_BY),
  name: taskNameSchema.optional(),
  labels: labelsSchema,
  status: taskStatusSchema,
  task_target: z.string().describe('Cut to 1,000 characters'),
  created_time: z.date(),
});
export type FoundTask = z.infer<typeof foundTaskSchema>;

export const searchAnswerSchema = z
  .strictObject({
    tasks: z.array(foundTaskSchema).describe(`Each once; at most ${MAX_FOUND} by each field`),
    nodes: z
      .array(z.strictObject({ node_id: z.string(), status: nodeStatusSchema }))
      .describe(`At most ${MAX_FOUND}; none for an API key with networks`),
  })
  .describe('Tasks and nodes that a text may mean');
export type SearchAnswer = z.infer<typeof searchAnswerSchema>;
