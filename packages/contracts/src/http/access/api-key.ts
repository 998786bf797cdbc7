import * as z from 'zod';
import { apiKeySchema, MAX_KEY_NETWORKS, roleSchema, SECRET_PREFIX } from '../../documents/api-key';
import { documentIdSchema, labelSchema, networkSchema, reasonSchema } from '../../fields/fields';
import { toSentence } from '../../sentences/sentences';
import { operationsOf, pageOf } from '../operation';
import { COMMAND_EXAMPLES, CURSOR, commandBodySchema, pageShape } from '../tasks/task';

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
    message: toSentence('admin_networks'),
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
    .literal('true', toSentence('true_or_absent'))
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

/** The operations of the tag `keys`. */
export const KEY_OPERATIONS = operationsOf('keys', {
  listKeys: {
    route: 'GET /api/keys',
    summary: 'List API keys, newest first',
    description: 'Keys of `API_KEYS` are not among them: only the configuration has these.',
    role: 'admin',
    networks: 'refused',
    query: listKeysQuerySchema,
    answers: { 200: { when: 'A page of keys, without secrets', body: pageOf(keyViewSchema) } },
  },
  createKey: {
    route: 'POST /api/keys',
    summary: 'Create an API key',
    description: 'It works at once on this replica, and within 5 seconds on every other one.',
    role: 'admin',
    networks: 'refused',
    body: createKeyBodySchema,
    examples: {
      'the least': { name: 'dashboard', role: 'viewer' },
      'more of it': {
        name: 'team-a',
        role: 'operator',
        expires_time: '2099-12-31T00:00:00Z',
        networks: ['10.1.0.0/16', '2001:db8:1::/48'],
        requests_per_minute: 600,
      },
    },
    answers: {
      201: { when: 'The key, and its secret', body: secretKeyViewSchema, location: true },
      200: {
        when: 'A request with the same Idempotency-Key created it before: the key without its secret',
        body: secretKeyViewSchema,
        location: true,
      },
    },
    problems: ['key_name_taken', 'too_many_keys'],
  },
  getKey: {
    route: 'GET /api/keys/{key_id}',
    summary: 'Read an API key',
    role: 'admin',
    networks: 'refused',
    answers: { 200: { when: 'The key, without its secret', body: keyViewSchema } },
    problems: ['key_not_found'],
  },
  rotateKey: {
    route: 'POST /api/keys/{key_id}/rotate',
    summary: 'Give an API key a new secret',
    description:
      'Connections that an old secret opened are closed when it ends. After `grace_seconds` the new secret is the ' +
      'only one, whatever earlier rotations said. Ten old secrets are valid at the same time.',
    role: 'admin',
    networks: 'refused',
    body: rotateKeyBodySchema,
    examples: { 'with time to change the clients': { grace_seconds: 3_600, reason: 'yearly' } },
    answers: { 200: { when: 'The key, and its new secret', body: secretKeyViewSchema } },
    problems: ['key_not_found', 'illegal_transition'],
  },
  revokeKey: {
    route: 'POST /api/keys/{key_id}/revoke',
    summary: 'Revoke an API key for ever',
    description:
      'It is refused at once on this replica, and within 5 seconds on every other one; its open connections are ' +
      'closed. Without effect on a key that is revoked already.',
    role: 'admin',
    networks: 'refused',
    body: commandBodySchema,
    examples: COMMAND_EXAMPLES,
    answers: { 200: { when: 'The key after it', body: keyViewSchema } },
    problems: ['key_not_found'],
  },
});

/** Their bodies and answers, by the names that generators of clients give to the types. */
export const KEY_REQUESTS = { CreateKey: createKeyBodySchema, RotateKey: rotateKeyBodySchema };
export const KEY_ANSWERS = {
  ApiKey: keyViewSchema,
  ApiKeyPage: pageOf(keyViewSchema),
  ApiKeyWithSecret: secretKeyViewSchema,
};
