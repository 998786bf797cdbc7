/**
 * Rules are read here: limits, freezes, exclusions and schedules. One that cannot be read is set aside, so that it
 * stops no other: it is neither applied nor listed, an alert names it (`unreadable.ts`), and it can be removed by its
 * id. A rule cannot be read if its schema in contracts refuses it, such as one that covers nothing that is a network.
 */
import { describeFaults } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type * as z from 'zod';

/** Also one whose end is no time: it is set aside, and an alert names it. */
export const notOver = (now: Date) => ({ until: { $not: { $lte: now } } });

/** Of exclusions, a list has a revision, any other has none. */
export const IS_LIST = { revision: { $exists: true } };

/** For this long, a new task and a waiting reason go by the rules that were read before, in milliseconds. */
export const RECENT_MS = 1_000;

/** Those that can be read. */
export const readRules = <Schema extends z.ZodType>(
  schema: Schema,
  documents: readonly unknown[],
): z.output<Schema>[] =>
  documents.flatMap((document) => {
    const read = schema.safeParse(document);
    return read.success ? [read.data] : [];
  });

/** Throws AppError `conflict` `document_unreadable`. */
export function readRule<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
  const read = schema.safeParse(document);
  if (read.success) return read.data;
  throw new AppError('document_unreadable', { detail: describeFaults(read.error) });
}
