import * as z from 'zod';
import { labelSchema, methodSchema, reasonSchema } from '../../fields/fields';
import { MAX_OPTIONS_BYTES } from '../../fields/json-object';
import { toSentence } from '../../sentences/sentences';
import { operationsOf } from '../operation';

/** All of them are one answer, and are read with each new task. */
export const MAX_SCAN_METHODS = 100;

/** Also with `$ref`, so it is kept as text. */
const optionsSchemaSchema = z
  .record(z.string(), z.unknown())
  .refine((schema) => new TextEncoder().encode(JSON.stringify(schema)).length <= MAX_OPTIONS_BYTES, {
    message: toSentence('json_too_large', { limit: MAX_OPTIONS_BYTES }),
  })
  .describe(
    `A JSON Schema (2020-12) of \`scan.options\`, ${MAX_OPTIONS_BYTES} bytes at most, without remote references`,
  );

const methodShape = {
  description: z.string().min(1).max(500).optional().describe('What it scans for'),
  options_schema: optionsSchemaSchema,
};

/** The `scan_methods` collection: which options a method takes. */
export const scanMethodSchema = z
  .strictObject({
    method: methodSchema,
    ...methodShape,
    operator: labelSchema.describe('The API key that set it last'),
    updated_time: z.date(),
  })
  .describe('Which options a scan method takes');
export type ScanMethod = z.infer<typeof scanMethodSchema>;

/** `PUT /api/methods/{method}`. */
export const setMethodBodySchema = z
  .strictObject({ ...methodShape, reason: reasonSchema })
  .describe('Which options a scan method takes');

/** A body of a DELETE may be lost on its way. */
const deleteMethodQuerySchema = z.strictObject({ reason: reasonSchema.describe('For the audit log') });

const methodsSchema = z
  .strictObject({ items: z.array(scanMethodSchema) })
  .describe('Scan methods whose options are known, by their names');

/** The operations of the tag `methods`. */
export const METHOD_OPERATIONS = operationsOf('methods', {
  listMethods: {
    route: 'GET /api/methods',
    summary: 'List the scan methods whose options are known',
    description: 'Which methods nodes scan by is in GET /api/nodes.',
    role: 'viewer',
    networks: 'own',
    answers: { 200: { when: 'All of them', body: methodsSchema } },
  },
  setMethod: {
    route: 'PUT /api/methods/{method}',
    summary: 'Say which options a scan method takes',
    description:
      'From then on (within a second) the `scan.options` of new tasks, of steps of `on_end` and of schedules that are ' +
      'saved are checked by it: 422 `invalid_options`. Tasks that exist stay as they are.',
    role: 'admin',
    networks: 'refused',
    body: setMethodBodySchema,
    examples: {
      nuclei: {
        description: 'Known vulnerabilities, by templates',
        options_schema: {
          type: 'object',
          properties: { severity: { type: 'array', items: { enum: ['low', 'medium', 'high', 'critical'] } } },
          additionalProperties: false,
        },
      },
    },
    answers: { 200: { when: 'It is set', body: scanMethodSchema } },
    problems: ['too_many_methods'],
  },
  deleteMethod: {
    route: 'DELETE /api/methods/{method}',
    summary: 'Check the options of a scan method no more',
    role: 'admin',
    networks: 'refused',
    query: deleteMethodQuerySchema,
    answers: { 200: { when: 'It is deleted: as it was', body: scanMethodSchema } },
    problems: ['scan_method_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const METHOD_REQUESTS = { SetMethodOptions: setMethodBodySchema };
export const METHOD_ANSWERS = { MethodOptions: scanMethodSchema, MethodOptionsList: methodsSchema };
