import { z } from 'zod';
import { leaseIdSchema, MAX_LOST_LEASES, nameSchema, taskIdSchema } from './fields';

/**
 * How a task stands, not what changed; repeated while it holds, so a lost or repeated one does no harm.
 * - `paused`: claim nothing of it (drop its jobs; they are sent again on resume), let running scans end
 * - `running`: claim it again
 * - `ended`: abort what runs of it, drop its jobs
 */
export const taskControlSchema = z.object({
  task_id: taskIdSchema,
  state: z.enum(['paused', 'running', 'ended']),
});
export type TaskControl = z.infer<typeof taskControlSchema>;

/**
 * A pause holds for this many milliseconds after its last control message. The message is repeated every 2 s, but the
 * successor of a killed dispatcher needs up to 12 s, and a lost connection needs time too. The message that ends a
 * pause must be repeated for longer than that.
 */
export const PAUSE_HOLDS_MS = 30_000;

/**
 * Leases of any nodes that no longer hold their attempts: abort the scans under them. Sent once. The fence refuses
 * every later report under such a lease, so a node that misses this message loses only work.
 */
export const lostControlSchema = z.object({
  state: z.literal('lost'),
  lease_ids: z.array(leaseIdSchema).min(1).max(MAX_LOST_LEASES),
});

/**
 * Another process with the same `node_id` was there before this one. This one claims nothing more, returns what it
 * holds, and ends. Repeated with each of its heartbeats. Its subtasks are not reassigned meanwhile.
 */
export const supersededControlSchema = z.object({
  state: z.literal('superseded'),
  node_id: nameSchema,
  instance_id: nameSchema,
});

/**
 * Every pause that holds was repeated within the last `within_ms` milliseconds. A node that missed control messages
 * waits for this before it starts anything, because a task may have been paused meanwhile.
 */
export const repeatedControlSchema = z.object({
  state: z.literal('repeated'),
  within_ms: z.number().min(0),
});

/** One message on `cs.control`, to every node. A node passes over a state that it does not know. */
export const controlSchema = z.discriminatedUnion('state', [
  taskControlSchema,
  lostControlSchema,
  supersededControlSchema,
  repeatedControlSchema,
]);
export type Control = z.infer<typeof controlSchema>;
