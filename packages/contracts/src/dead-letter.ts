import { z } from 'zod';

/** One message on `cs.dead-letters`: what could not be applied, whole, with its reason. */
export const deadLetterSchema = z.object({
  /** Stable, snake_case: `not_json`, `bad_field`, `unknown_task`, `outside_target_set`, `illegal_transition`, … */
  reason: z.string(),
  detail: z.string(),
  /** The queue that it came from. */
  queue: z.string(),
  first_seen: z.string(),
  /** Who sent it, as far as it could be read. */
  sender: z.string().optional(),
  /** The message or update as it came; text where it was not JSON. Cut at 64 KiB. */
  content: z.unknown(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;
