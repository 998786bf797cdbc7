import * as z from 'zod';
import { excludedByListSchema, excludedPortsSchema, SHOWN_EXCLUSIONS } from '../../documents/exclusion';
import { countSchema } from '../../fields/fields';
import { sentenceSchema } from '../../sentences/sentences';

/** Refused entries and addresses that a plan shows at most. */
export const SHOWN_REFUSED = 100;
export const SHOWN_SAMPLE = 5;

const addressesSchema = z.array(z.string()).max(SHOWN_SAMPLE);
/** JSON has no larger integers: IPv6 networks are larger. */
const sizeSchema = z.number().min(0).describe('Rounded above 2^53');

/** `POST /api/tasks/dry-run`. */
export const taskPlanSchema = z
  .strictObject({
    would_create: z.boolean().describe('Whether POST /api/tasks with this body would create the task now'),
    total_targets: sizeSchema.describe('Addresses of all entries that can be read, without the excluded ones'),
    excluded: sizeSchema.describe('Addresses of task_target that exclude_target leaves out'),
    exclusions: z
      .strictObject({
        count: sizeSchema.describe('Addresses that are left out besides: what is excluded from every scan'),
        by: excludedByListSchema.describe(`The first ${SHOWN_EXCLUSIONS}`),
        ports: z
          .array(excludedPortsSchema)
          .max(SHOWN_EXCLUSIONS)
          .describe(`Exclusions of ports, of addresses that stay: the first ${SHOWN_EXCLUSIONS}`),
      })
      .describe('What exclusions would take out'),
    duplicates: sizeSchema.describe('How often an address of task_target is named once more'),
    refused: z
      .array(
        z.strictObject({
          field: z.enum(['task_target', 'exclude_target']),
          entry: z.string().describe('64 characters at most'),
          position: z.number().int().min(1).describe('Which entry of the text it is, from 1'),
          code: z.enum(['invalid_targets', 'out_of_scope']),
          reason: z.string(),
          sentence: sentenceSchema.optional(),
        }),
      )
      .max(SHOWN_REFUSED)
      .describe(
        `Entries that cannot be read, or that are not within SCAN_SCOPE: the first ${SHOWN_REFUSED} of each kind ` +
          'at most',
      ),
    refused_count: countSchema.describe('All refused entries'),
    sample: z
      .strictObject({ first: addressesSchema, last: addressesSchema })
      .describe('The first and the last addresses, in their order'),
    ports: countSchema.describe('Ports of each address'),
    probes: sizeSchema.describe('Addresses times ports, without the ports that exclusions take out'),
    estimate: z
      .strictObject({ seconds: z.number(), by: z.literal('fleet_rate') })
      .nullable()
      .describe(
        'How long it takes if the task has all slots of its pool, by the rate of the latest scans; null if that is ' +
          'unknown',
      ),
    begins: z
      .date()
      .nullable()
      .describe('When its windows and the freezes of now let it begin; null: when a freeze is lifted'),
    warnings: z
      .array(z.strictObject({ code: z.string(), message: z.string(), sentence: sentenceSchema.optional() }))
      .describe(
        '`no_targets`, `targets_excluded`, `too_many_targets` and `backlog_full`: it would not be created. Any ' +
          'other is a `waiting_reason`: it would wait',
      ),
  })
  .describe('What a task would be');
export type TaskPlan = z.infer<typeof taskPlanSchema>;
