import * as z from 'zod';
import { countSchema, documentIdSchema, labelSchema, storedNetworkSchema } from '../fields/fields';

/** Each role may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export const roleSchema = z.enum(ROLES).describe('Each role may do what those before it may');
export type Role = z.infer<typeof roleSchema>;

/** Every secret of the collection begins with it, so that scanners of secrets find one that was published. */
export const SECRET_PREFIX = 'cs_';
/** API keys that are not revoked, at most. */
export const MAX_API_KEYS = 1_000;
/** A revoked key is kept for this many days, then deleted. The audit log keeps who revoked it. */
export const REVOKED_KEY_DAYS = 90;
/** Networks of one key at most. */
export const MAX_KEY_NETWORKS = 64;

const digestSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** The `api_keys` collection: keys that are made by the API. `API_KEYS` is apart from it. */
export const apiKeySchema = z
  .object({
    key_id: documentIdSchema.describe('24 hex digits; later ones are greater'),
    name: labelSchema.describe('The operator in histories and in the audit log'),
    role: roleSchema,
    networks: z
      .array(storedNetworkSchema)
      .optional()
      .describe('The key sees, creates and commands only tasks whose targets lie in these; absent: every task'),
    requests_per_minute: countSchema
      .optional()
      .describe(
        'Requests per minute on each replica, counted as RATE_LIMIT_PER_MINUTE says; absent: RATE_LIMIT_PER_MINUTE',
      ),
    created_time: z.date(),
    created_by: z.string().describe('The API key that created it'),
    expires_time: z.date().optional().describe('From then on it is refused; absent: never'),
    rotated_time: z.date().optional().describe('When it got its present secret, if that is not its first'),
    old_secret_until: z.date().optional().describe('Until then older secrets than the present one are valid too'),
    revoked_time: z.date().optional().describe('Since then it is refused'),
    revoked_by: z.string().optional(),
    last_used_time: z.date().optional().describe('When it was last used, exact to about a minute'),
    // What follows is never shown.
    /** SHA-256 of the secret, in hex. 32 random bytes need no salt and no slow hash: they cannot be guessed. */
    digest: digestSchema,
    /** The hash of the secret before it, valid until `old_secret_until`. */
    old_digest: digestSchema.optional(),
    /** Secrets before that one, which are still valid: the newest first. */
    older_secrets: z.array(z.object({ digest: digestSchema, generation: countSchema, until: z.date() })).optional(),
    /** The ids of the last rotations that had one. */
    rotations: z.array(z.string()).optional(),
    /** How many secrets it has had. A connection that an old secret opened ends with it. */
    generation: countSchema,
    /** Not revoked. An expired key counts as active: its name is taken until it is revoked. */
    active: z.boolean(),
    /** Rises with each change of any key: what changed after a number is one range of an index. */
    change: countSchema,
  })
  .describe('An API key, without its secret');
export type ApiKey = z.infer<typeof apiKeySchema>;
