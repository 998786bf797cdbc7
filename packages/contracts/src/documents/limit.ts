import * as z from 'zod';
import { coversSchema } from '../fields/covers';
import { documentIdSchema, networkSchema, ruleLevelSchema } from '../fields/fields';
import { scanWindowsSchema } from '../fields/scan-windows';

/** Limits at most: each pass that sends limited work reads all of them. */
export const MAX_LIMITS = 1_000;

export const perPrefixSchema = z
  .strictObject({
    max_concurrent: z.number().int().min(1).max(1_000_000).describe('Addresses that may be under scan at once in each'),
    ipv4_length: z.number().int().min(8).max(32).default(24).describe('How many bits a prefix has'),
    ipv6_length: z.number().int().min(16).max(128).default(64).describe('How many bits a prefix has'),
  })
  .describe('A number for each prefix, such as each /24 of IPv4 and each /64 of IPv6');
export type PerPrefix = z.infer<typeof perPrefixSchema>;

/** The numbers of a limit. A task may have its own, in its `config`. */
export const limitNumbersShape = {
  max_concurrent: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Addresses that may be under scan at once; absent: any number'),
  max_starts_per_second: z
    .number()
    .min(0.01)
    .max(100_000)
    .optional()
    .describe('Scans of addresses that may start per second; absent: any number'),
  per_prefix: perPrefixSchema.optional(),
};
export interface LimitNumbers {
  max_concurrent?: number | undefined;
  max_starts_per_second?: number | undefined;
  per_prefix?: PerPrefix | undefined;
}

/** The `limits` collection: how hard the covered tasks may scan, all of them together. */
export const limitSchema = z
  .object({
    limit_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    covers: coversSchema,
    ...limitNumbersShape,
    windows: scanWindowsSchema.optional().describe('The hours in which it counts; absent or empty: always'),
    reason: z.string().optional(),
    within: z
      .array(networkSchema)
      .optional()
      .describe('Networks of the API key that made it: it covers only tasks whose targets lie wholly in them'),
    operator: z.string().describe('The API key that created it'),
    level: ruleLevelSchema.optional(),
    created_time: z.date(),
    changed_time: z.date().optional().describe('When its numbers or its reason were last changed'),
  })
  .describe('How hard the tasks that it covers may scan, all of them together');
export type Limit = z.infer<typeof limitSchema>;

/** What the senders under one limit leave for the next. */
export interface LimitState {
  /** When the next start is allowed, if nothing was saved up. */
  next_start?: Date | undefined;
  /**
   * By task: how far what it was served, divided by its priority, is ahead of the task that had least. Has all tasks
   * that had something out under the limit.
   */
  ahead?: Record<string, number> | undefined;
  /** As of when `ahead` counts. */
  shared_time?: Date | undefined;
}

/** What counts against a limit. Both numbers may be too high for a moment, and are never too low. */
export interface LimitUse {
  /** Addresses that were sent out and are not closed. */
  outstanding: number;
  /** Those of them whose scan has not started. */
  not_begun: number;
  /** By prefix, where the limit has a number for each: how many of the outstanding. */
  prefixes?: ReadonlyMap<string, number> | undefined;
}
