import type * as z from 'zod';
import { deadLetterIdSchema } from '../../documents/dead-letter';
import type { ErrorCode } from '../../errors/error-codes';
import {
  documentIdSchema,
  methodSchema,
  nameSchema,
  oneAddressSchema,
  subTaskIdSchema,
  taskIdSchema,
} from '../../fields/fields';

interface PathParameter {
  schema: z.ZodType<string>;
  /** An invalid value gets the answer of an unknown one: 404. */
  unknown: ErrorCode;
  description: string;
  example: string;
}

const TASK_ID = '6900f1c2b7e4a83d51c09f11';

/** The parts of paths in braces. */
export const PATH_PARAMETERS = {
  task_id: {
    schema: taskIdSchema,
    unknown: 'task_not_found',
    description: 'A task: 24 hex digits',
    example: TASK_ID,
  },
  other_id: {
    schema: taskIdSchema,
    unknown: 'task_not_found',
    description: 'Another task: 24 hex digits',
    example: '6900f1c2b7e4a83d51c09f13',
  },
  operation_id: {
    schema: documentIdSchema,
    unknown: 'operation_not_found',
    description: 'A command for many tasks',
    example: '6900f1c2b7e4a83d51c09f14',
  },
  schedule_id: {
    schema: documentIdSchema,
    unknown: 'schedule_not_found',
    description: 'A schedule: 24 hex digits',
    example: '6900f1c2b7e4a83d51c09f15',
  },
  subtask_id: {
    schema: subTaskIdSchema,
    unknown: 'subtask_not_found',
    description: 'A subtask of this task: `{task_id}-{index}`',
    example: `${TASK_ID}-0`,
  },
  ip: { schema: oneAddressSchema, unknown: 'host_not_found', description: 'An address', example: '127.0.0.1' },
  method: {
    schema: methodSchema,
    unknown: 'scan_method_not_found',
    description: 'A scan method',
    example: 'nuclei',
  },
  node_id: { schema: nameSchema, unknown: 'node_not_found', description: 'A scanner node', example: 'node-a' },
  alert_id: {
    schema: documentIdSchema,
    unknown: 'alert_not_found',
    description: 'An alert',
    example: '6900f1c2b7e4a83d51c09f12',
  },
  silence_id: {
    schema: documentIdSchema,
    unknown: 'silence_not_found',
    description: 'A silence',
    example: '6900f1c2b7e4a83d51c09f16',
  },
  webhook_id: {
    schema: documentIdSchema,
    unknown: 'webhook_not_found',
    description: 'A webhook',
    example: '6900f1c2b7e4a83d51c09f1a',
  },
  freeze_id: {
    schema: documentIdSchema,
    unknown: 'freeze_not_found',
    description: 'A freeze or a blackout',
    example: '6900f1c2b7e4a83d51c09f15',
  },
  dead_letter_id: {
    schema: deadLetterIdSchema,
    unknown: 'dead_letter_not_found',
    description: 'A dead letter',
    example: '0c9f12a83d51b7e46900f1c20c9f12a8',
  },
  limit_id: {
    schema: documentIdSchema,
    unknown: 'limit_not_found',
    description: 'A limit',
    example: '6900f1c2b7e4a83d51c09f15',
  },
  exclusion_id: {
    schema: documentIdSchema,
    unknown: 'exclusion_not_found',
    description: 'An exclusion',
    example: '6900f1c2b7e4a83d51c09f16',
  },
  key_id: {
    schema: documentIdSchema,
    unknown: 'key_not_found',
    description: 'An API key of the collection',
    example: '6900f1c2b7e4a83d51c09f13',
  },
} as const satisfies Record<string, PathParameter>;

export type PathParameterName = keyof typeof PATH_PARAMETERS;

/** The names in braces of a path, in their order. */
export const findPathParameters = (path: string): PathParameterName[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as PathParameterName);
