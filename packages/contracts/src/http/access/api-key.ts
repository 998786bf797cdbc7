import * as z from 'zod';
import { apiKeySchema, MAX_KEY_NETWORKS, roleSchema, SECRET_PREFIX } from '../../documents/api-key';
import { documentIdSchema, labelSchema, networkSchema, reasonSchema } from '../../fields/fields';
import { CURSOR, pageShape } from '../tasks/task';

/** `POST /api/keys`. */
export const createKeyBodySchema = z
  .strictObject({
    name: labelSchema.describe('Of no other key that is not revoked, and of none in API_KEYS'),
    role: roleSchema,
    expires_time: z.iso.datetime({ offset: true }).optional().describe('In the future; absent: it never expires'),
    networks: z
      .array(networkSchema)
      .min(1)
      .max(MAX_KEY_NETWORKS)
      .optional()
      .describe('Only for the roles viewer and operator: the only addresses whose tasks it may see and create'),
    requests_per_minute: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('On each replica, instead of RATE_LIMIT_PER_MINUTE'),
  })
  .refine(({ role, networks }) => role !== 'admin' || networks === undefined, {
    path: ['networks'],
    message: 'must be absent for the role admin, which may do everything',
  })
  .describe('A new API key');
export type CreateKeyBody = z.infer<typeof createKeyBodySchema>;

/** `POST /api/keys/{key_id}/rotate`. */
export const rotateKeyBodySchema = z
  .strictObject({
    grace_seconds: z
      .number()
      .int()
      .min(0)
      .max(604_800)
      .default(0)
      .describe('Seconds for which older secrets stay valid; with 0 they are refused within 5 seconds, everywhere'),
    reason: reasonSchema,
  })
  .describe('How long the old secret stays valid')
  .prefault({});

/** `GET /api/keys`: newest first. */
export const listKeysQuerySchema = z.strictObject({
  ...pageShape,
  cursor: documentIdSchema.optional().describe(CURSOR),
  revoked: z
    .literal('true', 'must be true, or left out')
    .transform(() => true as const)
    .optional()
    .describe('The revoked keys of the last 90 days instead of the others'),
});
export type ListKeysQuery = z.infer<typeof listKeysQuerySchema>;

/** The fields of a key that the API never shows. */
export const INTERNAL_KEY_FIELDS = {
  digest: true,
  old_digest: true,
  older_secrets: true,
  rotations: true,
  generation: true,
  active: true,
  change: true,
} as const;

/** A key as clients see it. */
export const keyViewSchema = apiKeySchema.omit(INTERNAL_KEY_FIELDS).describe('An API key, without its secret');
export type KeyView = z.infer<typeof keyViewSchema>;

/** The answer that brings a new secret. */
export const secretKeyViewSchema = keyViewSchema
  .extend({
    secret: z
      .string()
      .optional()
      .describe(
        `Begins with \`${SECRET_PREFIX}\`. Shown this once and stored nowhere: a repeat under the same ` +
          'Idempotency-Key has the key without it',
      ),
  })
  .describe('An API key, with its secret');
export type SecretKeyView = z.infer<typeof secretKeyViewSchema>;
