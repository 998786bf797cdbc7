import * as z from 'zod';
import { countSchema } from '../fields/fields';

/**
 * The `sessions` collection, of the dashboard: `_id` is the SHA-256 of the secret, in hex. A session names the secret
 * of the API key that opened it: a key of the collection by `key_id` and `generation`, one of API_KEYS by `name` and
 * `proof`.
 */
export const sessionSchema = z.object({
  _id: z.string(),
  /** As `toCallerId` says: the sessions of one key are counted by it. */
  caller_id: z.string(),
  key_id: z.string().optional(),
  generation: countSchema.optional(),
  name: z.string().optional(),
  proof: z.string().optional(),
  created_time: z.date(),
  expires: z.date(),
  /** Of one that has ended: the number of its end. */
  change: countSchema.optional(),
});
export type Session = z.infer<typeof sessionSchema>;
