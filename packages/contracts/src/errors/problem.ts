import * as z from 'zod';
import { sentenceSchema } from '../sentences/sentences';
import { HTTP_CODES } from './error-codes';

export const problemCodeSchema = z.enum(HTTP_CODES).describe('What is wrong: docs/errors.md');

/** The body of every HTTP error (RFC 9457, `application/problem+json`). `code` is stable; `type` is made from it. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int().min(400).max(599),
    code: problemCodeSchema,
    detail: z.string(),
    /** The field at fault, as a path. */
    field: z.string().optional(),
    /** Each field at fault, where several are. */
    errors: z
      .array(z.object({ field: z.string(), message: z.string(), sentence: sentenceSchema.optional() }))
      .optional(),
    /** The statuses or commands that are legal instead. */
    allowed: z.array(z.string()).optional(),
    request_id: z.string().optional(),
  })
  .describe('Why a request was refused or failed');
export type Problem = z.infer<typeof problemSchema>;
