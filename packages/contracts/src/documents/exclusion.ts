import { isTarget } from '@cyberstroll/targets';
import * as z from 'zod';
import {
  documentIdSchema,
  labelSchema,
  reasonTextSchema,
  ruleLevelSchema,
  storedNetworkSchema,
  visibleText,
} from '../fields/fields';
import { portsSchema } from '../fields/ports';
import { scanWindowsSchema } from '../fields/scan-windows';
import { toSentence } from '../sentences/sentences';

/** Exclusions that have not ended at most, lists among them: every service keeps them in memory. */
export const MAX_EXCLUSIONS = 1_000;
/** An ended one is deleted after this many days. */
export const ENDED_EXCLUSION_DAYS = 90;

export const EXCLUSION_STATES = ['planned', 'in_force', 'ended'] as const;
export const exclusionStateSchema = z
  .enum(EXCLUSION_STATES)
  .describe(
    '`planned`: not now, but later: before its start, or outside its hours; `ended`: its end has passed, or it was lifted',
  );
export type ExclusionState = z.infer<typeof exclusionStateSchema>;

/** The hours of an exclusion. */
export const exclusionHoursSchema = scanWindowsSchema.describe('The hours in which it is in force; absent: always');

const arePorts = (text: string): boolean => portsSchema.safeParse(text).success;

/** Addresses, or ports of them, that are never scanned: the `exclusions` collection. */
export const exclusionSchema = z.object({
  exclusion_id: documentIdSchema,
  target: storedNetworkSchema.describe('One address or one network, canonical'),
  ports: z
    .string()
    .refine(arePorts, toSentence('no_port'))
    .optional()
    .describe('Only these ports, as merged ranges; absent: the whole addresses'),
  hours: exclusionHoursSchema.optional(),
  reason: reasonTextSchema.describe('Why it is not scanned'),
  operator: labelSchema.describe('The API key that made it'),
  level: ruleLevelSchema.optional(),
  created_time: z.date(),
  start: z.date().describe('In force from then on'),
  end: z.date().optional().describe('No longer in force from then on; absent: until it is lifted'),
  lifted_time: z.date().optional(),
  lifted_by: labelSchema.optional().describe('The API key that lifted it'),
  lift_reason: reasonTextSchema.optional(),
  /** When it ends or ended: its end, or when it was lifted; of one without an end, a time that never comes. */
  until: z.date(),
  /** By task: how many of its open subtasks it has cancelled. Of the first 500 tasks. */
  affected: z.record(z.string(), z.number()).optional(),
});
export type Exclusion = z.infer<typeof exclusionSchema>;

/** Entries of a list at most, and of all lists that have not ended together. */
export const MAX_LIST_ENTRIES = 20_000;
export const MAX_LISTED_ENTRIES = 100_000;
/** Different sets of ports in one list at most: for services each is one exclusion. */
export const MAX_LIST_PORTS = 16;

export const exclusionEntrySchema = z
  .object({
    target: z.string().describe('One address, network or range, canonical'),
    ports: z.string().optional().describe('Only these ports, as merged ranges; absent: the whole addresses'),
    note: visibleText(200).optional(),
  })
  .describe('What an entry of an exclusion list names');
export type ExclusionEntry = z.infer<typeof exclusionEntrySchema>;

/** A list that is in force until it is deleted: in the `exclusions` collection, too. A change replaces all entries. */
export const exclusionListSchema = exclusionSchema.omit({ target: true, ports: true, hours: true, end: true }).extend({
  name: labelSchema.describe('What tasks show of it'),
  owner: labelSchema.describe('Who knows about it'),
  revision: z.number().int().min(1).describe('Rises with each change'),
  updated_time: z.date(),
  updated_by: labelSchema.describe('The API key that changed it last'),
  entry_count: z.number().int().min(1).max(MAX_LIST_ENTRIES),
  entries: z
    .array(exclusionEntrySchema)
    .min(1)
    .max(MAX_LIST_ENTRIES)
    .refine((entries) => entries.every(({ target }) => isTarget(target)), toSentence('one_network'))
    .refine(
      (entries) => [...new Set(entries.flatMap(({ ports = [] }) => ports))].every(arePorts),
      toSentence('no_port'),
    ),
});
export type ExclusionList = z.infer<typeof exclusionListSchema>;

/** Addresses that an exclusion has taken out of a task's targets. */
export const excludedBySchema = z
  .strictObject({
    exclusion_id: documentIdSchema,
    target: z.string().describe('Of a list: its name'),
    reason: z.string(),
    count: z.number().min(0).describe('Addresses; those of several exclusions count for each. Rounded above 2^53'),
  })
  .describe('Addresses that an exclusion has taken out of the targets of a task');
export type ExcludedBy = z.infer<typeof excludedBySchema>;

/** Ports that an exclusion has taken out of a task, for some of its addresses. */
export const excludedPortsSchema = excludedBySchema
  .extend({ ports: z.string().describe('Those of its ports that the task has, too') })
  .describe('Ports that an exclusion takes out of a task, for some of its addresses');
export type ExcludedPorts = z.infer<typeof excludedPortsSchema>;

/** Exclusions that a task or a plan names at most. */
export const SHOWN_EXCLUSIONS = 100;
export const excludedByListSchema = z.array(excludedBySchema).max(SHOWN_EXCLUSIONS);

/** What exclusions have taken out of a task's targets. */
export const taskExcludedSchema = z
  .object({
    target: z
      .string()
      .describe('The addresses: beside `exclude_target`, what is never scanned. 1,000 characters at most'),
    count: z.number().min(0).describe('Addresses, each counted once. Rounded above 2^53'),
    by: excludedByListSchema.describe(`The first ${SHOWN_EXCLUSIONS}`),
  })
  .describe('What exclusions took out of the targets: when the task was created, or got more');
export type TaskExcluded = z.infer<typeof taskExcludedSchema>;
