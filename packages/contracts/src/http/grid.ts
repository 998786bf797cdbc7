import * as z from 'zod';
import { queryIntegerSchema } from '../fields';
import { jsonForms } from '../json-schema/json-forms';

/** Cells of one answer. */
export const MAX_GRID_CELLS = 65_536;
/** The last position of a task. */
const MAX_POSITION = 2 ** 32 - 1;

/** `GET /api/tasks/{task_id}/grid`. */
export const taskGridQuerySchema = z.strictObject({
  from: queryIntegerSchema({ min: 0, max: MAX_POSITION })
    .default(0)
    .describe('The number of the first cell')
    .register(jsonForms, { form: { type: 'integer', minimum: 0, maximum: MAX_POSITION, default: 0 } }),
  count: queryIntegerSchema({ min: 1, max: MAX_GRID_CELLS })
    .default(MAX_GRID_CELLS)
    .describe('Cells at most')
    .register(jsonForms, { form: { type: 'integer', minimum: 1, maximum: MAX_GRID_CELLS, default: MAX_GRID_CELLS } }),
  per: z
    .enum(['1', '256', '65536'], 'must be 1, 256 or 65536')
    .default('1')
    .transform((text) => Number(text) as 1 | 256 | 65_536)
    .describe('Addresses of a cell: one, those of a /24, or those of a /16 (of IPv6: a /120, a /112)'),
});
