import * as z from 'zod';
import { toSentence } from '../sentences/sentences';

/** A zone of the IANA database, as this runtime knows it. */
export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, toSentence('time_zone'))
  .describe('An IANA time zone, such as Europe/Berlin');

function isTimeZone(zone: string): boolean {
  try {
    // Some runtimes also take offsets, which have no changes of the clock.
    return /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
