import * as z from 'zod';
import { queryIntegerSchema } from '../../fields/fields';
import { jsonForms } from '../../json-schema/json-forms';
import { toSentence } from '../../sentences/sentences';

/** Cells of one answer. */
export const MAX_GRID_CELLS = 65_536;
/** The last position of a task. */
export const MAX_POSITION = 2 ** 32 - 1;

/** `GET /api/tasks/{task_id}/grid`. */
export const taskGridQuerySchema = z
  .strictObject({
    from: queryIntegerSchema({ min: 0, max: MAX_POSITION })
      .default(0)
      .describe('The number of the first cell')
      .register(jsonForms, { form: { type: 'integer', minimum: 0, maximum: MAX_POSITION, default: 0 } }),
    count: queryIntegerSchema({ min: 1, max: MAX_GRID_CELLS })
      .default(MAX_GRID_CELLS)
      .describe('Cells at most')
      .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: MAX_GRID_CELLS, default: MAX_GRID_CELLS } }),
    cells: z
      .literal('false', toSentence('false_or_absent'))
      .transform(() => false as const)
      .optional()
      .describe('`false`: the header of the window alone. No subtask is read for it'),
    by: z
      .enum(['address', 'index'], toSentence('not_one_of', { allowed: 'address, index' }))
      .default('address')
      .describe(
        'The order of the cells, which `from` and `count` number: that of the addresses, or that in which the task sends ' +
          'its subtasks out (with `per=1`), which is quick to read in parts',
      ),
    per: z
      .enum(['1', '256', '65536'], toSentence('not_one_of', { allowed: '1, 256, 65536' }))
      .default('1')
      .transform((text) => Number(text) as 1 | 256 | 65_536)
      .describe('Addresses of a cell: one, those of a /24, or those of a /16 (of IPv6: a /120, a /112)'),
  })
  .refine(({ by, per }) => by === 'address' || per === 1, { path: ['per'], error: toSentence('per_one') });
