import * as z from 'zod';
import { portSchema } from '../../documents/scan-result';
import { countSchema } from '../../fields/fields';
import { listResultsQuerySchema } from './result';
import { pageShape } from './task';

/** Results that one answer counts, the first ones in the order of the list. */
export const MAX_FACET_RESULTS = 10_000;

/** `GET /api/results/facets`: the filters of `GET /api/results`. */
export const resultFacetsQuerySchema = listResultsQuerySchema
  .omit({ sort: true, format: true, limit: true, cursor: true })
  .extend(pageShape);

const resultCountSchema = countSchema.describe('Results that have it');
export const resultFacetsSchema = z
  .strictObject({
    results: countSchema.describe('Results that were counted'),
    hosts: countSchema.describe('Distinct addresses among them'),
    is_complete: z
      .boolean()
      .describe(
        `False if not every result was counted: there are more than ${MAX_FACET_RESULTS}, or it took too long. Then ` +
          'the counts are of the first ones in the order of the list',
      ),
    ports: z
      .array(z.strictObject({ port: portSchema, results: resultCountSchema }))
      .describe('Open ports that match; the most results first'),
    services: z
      .array(
        z.strictObject({
          service: z.string().describe('Its name, without the banner; empty if it is not known'),
          results: resultCountSchema,
        }),
      )
      .describe('Services on these ports; the most results first'),
  })
  .describe('Results counted by port and by service');
export type ResultFacets = z.infer<typeof resultFacetsSchema>;
