import { createHmac, hash as hashOnce, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { labelSchema, ROLES, type Role, SESSION_COOKIE } from '@cyberstroll/contracts';
import * as z from 'zod';

/**
 * API keys of the configuration: who may call, and with which role. They always work, so nobody can lock everybody
 * out by what is in the database. Keys that the API makes are in the store. A key is `name:role:secret`, or
 * `name:role:sha256:hex` if the configuration must not contain the secret. Only the SHA-256 is kept, and a secret in a
 * request is compared with every key in constant time, so that neither memory nor timing reveals a secret.
 */

export interface Caller {
  /** The key's name. It appears as the operator in histories. */
  name: string;
  role: Role;
}

export interface ApiKeys {
  /** The caller with this secret. */
  findCaller(secret: string): Caller | undefined;
  /** Whether a key has this name. */
  hasName(name: string): boolean;
  /** The caller of the key of this name that `proof` is of: see `proveApiKey`. */
  findProven(name: string, secret: string, proof: string): Caller | undefined;
  /** Signs with a key of this name; undefined without such a key. */
  sign(name: string, text: string): string | undefined;
  /** The caller of the key of this name that has signed the text. */
  findSigner(name: string, text: string, signature: string): Caller | undefined;
}

export const hasRole = (caller: Caller, least: Role): boolean => ROLES.indexOf(caller.role) >= ROLES.indexOf(least);

const MIN_SECRET_LENGTH = 16;
const HASHED = 'sha256:';
const hash = (secret: string): Buffer => hashOnce('sha256', secret, 'buffer');

/**
 * What a session keeps of an API key, so that it ends with it. Nobody can compare it with a key who does not have the
 * secret of the session. With a hash of the key alone a reader of the database could try short keys.
 */
export const proveApiKey = (key: string, sessionSecret: string): string => prove(hash(key), sessionSecret);
const prove = (digest: Buffer, secret: string) => createHmac('sha256', secret).update(digest).digest('hex');

/**
 * Signs a text with the digest of a key. Whoever knows neither cannot do it. The text must hold a secret itself:
 * otherwise a reader of both could try short keys.
 */
export const signByKey = (digest: Buffer, text: string): string =>
  createHmac('sha256', digest).update(text).digest('hex');

/** Takes the same time for each signature. */
export function isSignedByKey(digest: Buffer, text: string, signature: string): boolean {
  const [expected, given] = [signByKey(digest, text), signature].map((each) => Buffer.from(each)) as [Buffer, Buffer];
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function toDigest(secret: string, place: string): Buffer {
  if (secret.startsWith(HASHED)) {
    const hex = secret.slice(HASHED.length);
    if (!/^[0-9a-f]{64}$/i.test(hex))
      throw new RangeError(`${place}: ${HASHED} must be followed by 64 hexadecimal digits`);
    return Buffer.from(hex, 'hex');
  }
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`${place}: the secret must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  return hash(secret);
}

function readName(label: string, place: string): string {
  const name = labelSchema.safeParse(label);
  if (name.success) return name.data;
  throw new RangeError(`${place}: the name ${name.error.issues[0]?.message}`);
}

/**
 * Reads `name:role:secret` and `name:role:sha256:hex` entries, separated by commas. A name may be in any script,
 * without `,` and `:`. Throws a RangeError that names the position of the bad entry, never its secret.
 */
export function parseApiKeys(text: string): ApiKeys {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (entries.length === 0) throw new RangeError('has no key; write name:role:secret, several separated by commas');
  const keys = entries.map((entry, i) => {
    const place = `key ${i + 1}`;
    const [label = '', role = '', ...rest] = entry.split(':');
    const secret = rest.join(':');
    const name = readName(label, place);
    if (!ROLES.includes(role as Role)) throw new RangeError(`${place}: the role must be one of ${ROLES.join(', ')}`);
    return { caller: { name, role: role as Role }, digest: toDigest(secret, place) };
  });
  const names = new Set(keys.map(({ caller }) => caller.name));
  return {
    hasName: (name) => names.has(name),
    findProven: (name, secret, proof) =>
      keys.find(({ caller, digest }) => caller.name === name && prove(digest, secret) === proof)?.caller,
    sign(name, text) {
      const key = keys.find(({ caller }) => caller.name === name);
      return key && signByKey(key.digest, text);
    },
    findSigner: (name, text, signature) =>
      keys.find(({ caller, digest }) => caller.name === name && isSignedByKey(digest, text, signature))?.caller,
    findCaller(secret) {
      const digest = hash(secret);
      let found: Caller | undefined;
      // The loop does not stop early: the time that it takes must not reveal which key matched.
      for (const key of keys) if (timingSafeEqual(key.digest, digest)) found = key.caller;
      return found;
    },
  };
}

/** The secret of a request: `Authorization: Bearer <secret>`, else `X-API-Key`. */
export function findApiKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' ? header : undefined);
}

/** The secret of the session cookie. Anything else is no session. */
export const findSessionSecret = ({ cookie = '' }: IncomingHttpHeaders): string | undefined =>
  SESSION.exec(cookie)?.[1];
const SESSION = new RegExp(`(?:^|;) *${SESSION_COOKIE}=([\\w-]{43})(?:;|$)`);

export const apiKeysConfigShape = {
  API_KEYS: z
    .string('has no key; write name:role:secret, several separated by commas')
    .transform((text, context) => {
      try {
        return parseApiKeys(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .meta({
      description:
        'Who may call: name:role:secret, or name:role:sha256: and the hash of the secret, separated by commas; ' +
        'roles: viewer, operator, admin. A name may be in any script, without comma and colon',
      secret: true,
    }),
};
