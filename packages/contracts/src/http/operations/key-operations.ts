import {
  createKeyBodySchema,
  keyViewSchema,
  listKeysQuerySchema,
  rotateKeyBodySchema,
  secretKeyViewSchema,
} from '../access/api-key';
import { type Operation, pageOf } from '../openapi/operation';
import { COMMAND_EXAMPLES, commandBodySchema } from '../tasks/task';

/** The operations of the tag `keys`. */
export const KEY_OPERATIONS = {
  listKeys: {
    method: 'GET',
    path: '/api/keys',
    tag: 'keys',
    summary: 'List API keys, newest first',
    description: 'Keys of `API_KEYS` are not among them: only the configuration has these.',
    role: 'admin',
    networks: 'refused',
    query: listKeysQuerySchema,
    answers: { 200: { when: 'A page of keys, without secrets', body: pageOf(keyViewSchema) } },
    problems: [],
  },
  createKey: {
    method: 'POST',
    path: '/api/keys',
    tag: 'keys',
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
    method: 'GET',
    path: '/api/keys/{key_id}',
    tag: 'keys',
    summary: 'Read an API key',
    role: 'admin',
    networks: 'refused',
    answers: { 200: { when: 'The key, without its secret', body: keyViewSchema } },
    problems: ['key_not_found'],
  },
  rotateKey: {
    method: 'POST',
    path: '/api/keys/{key_id}/rotate',
    tag: 'keys',
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
    method: 'POST',
    path: '/api/keys/{key_id}/revoke',
    tag: 'keys',
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
} as const satisfies Record<string, Operation>;
