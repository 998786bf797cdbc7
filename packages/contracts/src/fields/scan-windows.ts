import * as z from 'zod';
import { toSentence } from '../sentences/sentences';
import { DAYS } from './days';
import { timeZoneSchema } from './time-zone';

export const daySchema = z.enum(DAYS).describe('A day of the week');

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, toSentence('time_of_day'));

export const scanWindowSchema = z
  .strictObject({
    days: z
      .array(daySchema)
      .min(1)
      .max(DAYS.length)
      .refine((days) => new Set(days).size === days.length, toSentence('day_twice'))
      .meta({ uniqueItems: true })
      .describe('The days on which it begins'),
    from: clockSchema.describe('Open from this time of day'),
    to: clockSchema.describe('Until before this one; on the next day if it is not after `from`'),
    time_zone: timeZoneSchema,
  })
  .describe('Hours of the week, by the clock on the wall of a time zone');
export type ScanWindow = z.infer<typeof scanWindowSchema>;

export const RUNNING_SCANS = ['abort', 'end'] as const;
export const runningScansSchema = z
  .enum(RUNNING_SCANS)
  .describe('`end`: running scans end; `abort`: they are aborted, and scanned again later without using up a retry');
export type RunningScans = z.infer<typeof runningScansSchema>;

export const MAX_SCAN_WINDOWS = 20;

export const scanWindowsSchema = z
  .array(scanWindowSchema)
  .max(MAX_SCAN_WINDOWS)
  .describe('The hours in which scans may begin; absent or empty: at any time');
