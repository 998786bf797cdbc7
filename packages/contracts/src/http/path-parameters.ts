import type { z } from 'zod';
import type { ErrorCode } from '../errors/error-codes';
import { nameSchema, subTaskIdSchema, taskIdSchema } from '../fields';
import { alertIdSchema } from './alert';
import { deadLetterIdSchema } from './dead-letter';

interface PathParameter {
  schema: z.ZodType<string>;
  /** An invalid value gets the answer of an unknown one: 404. */
  unknown: ErrorCode;
  description: string;
}

/** The parts of paths in braces. */
export const PATH_PARAMETERS = {
  task_id: { schema: taskIdSchema, unknown: 'task_not_found', description: 'A task: 24 hex digits' },
  subtask_id: {
    schema: subTaskIdSchema,
    unknown: 'subtask_not_found',
    description: 'A subtask of this task: `{task_id}-{index}`',
  },
  node_id: { schema: nameSchema, unknown: 'node_not_found', description: 'A scanner node' },
  alert_id: { schema: alertIdSchema, unknown: 'alert_not_found', description: 'An alert' },
  dead_letter_id: { schema: deadLetterIdSchema, unknown: 'dead_letter_not_found', description: 'A dead letter' },
} as const satisfies Record<string, PathParameter>;

export type PathParameterName = keyof typeof PATH_PARAMETERS;

/** The names in braces of a path, in their order. */
export const findPathParameters = (path: string): PathParameterName[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as PathParameterName);
