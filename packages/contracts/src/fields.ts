import { z } from 'zod';

/** Field schemas that several documents and messages share: one place per limit. */

export const MAX_UPDATES_PER_ENVELOPE = 500;
/** Leases that one control message names. */
export const MAX_LOST_LEASES = 500;
export const MAX_TARGETS = 2 ** 32;

/** A task's id: 24 hex digits, made by the server. */
export const taskIdSchema = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hex digits');
/** A subtask's id: its task's id and its index in the task's target set. */
export const subTaskIdSchema = z.string().regex(/^[0-9a-f]{24}-\d{1,10}$/, 'must be a task id, a dash and an index');
/** A name that nodes, operators, pools and categories choose themselves. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/, 'must be 1 to 100 letters, digits or . _ : @ -');
export const poolSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'must be 1 to 50 lower-case letters, digits, - or _');
export const leaseIdSchema = z.string().min(1).max(64);
/** `required` is said where it is missing. */
export const attemptSchema = ({ required }: { required?: string } = {}) =>
  z
    .number({ error: ({ input }) => (input === undefined ? required : undefined) })
    .int()
    .min(1)
    .max(1_000_000);
/** ISO 8601 with any offset on the wire. */
export const timeSchema = z.iso.datetime({ offset: true });
export const errorCodeSchema = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,49}$/, 'must be 1 to 50 upper-case letters, digits or _');
/** An address as text; whether it belongs to a task is asked of the task's target set. */
export const addressSchema = z.string().min(2).max(45);
export const countSchema = z.number().int().min(0);
