import { labelSchema, ROLES, type Role, readSafely } from '@cyberstroll/contracts';
import * as z from 'zod';
import type { Caller } from '../caller';
import { isSame, proveKey, signByKey, toDigest } from './secrets';

/**
 * API keys of the configuration: who may call, and with which role. They always work, so nobody can lock everybody
 * out by what is in the database. Keys that the API makes are in the store. A key is `name:role:secret`, or
 * `name:role:sha256:hex` if the configuration must not contain the secret. Only the SHA-256 is kept, and a secret in a
 * request is compared with every key in constant time, so that neither memory nor timing reveals a secret.
 */

export type ApiKeys = ReturnType<typeof parseApiKeys>;

const MIN_SECRET_LENGTH = 16;
const HASHED = 'sha256:';

function readDigest(secret: string, place: string): string {
  if (secret.startsWith(HASHED)) {
    const hex = secret.slice(HASHED.length);
    if (!/^[0-9a-f]{64}$/i.test(hex))
      throw new RangeError(`${place}: ${HASHED} must be followed by 64 hexadecimal digits`);
    return hex.toLowerCase();
  }
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`${place}: the secret must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  return toDigest(secret);
}

function readName(label: string, place: string): string {
  const name = readSafely(labelSchema, label);
  if (name.success) return name.data;
  throw new RangeError(`${place}: the name ${name.error.issues[0]?.message}`);
}

/**
 * Reads `name:role:secret` and `name:role:sha256:hex` entries, separated by commas. A name may be in any script,
 * without `,` and `:`. Throws a RangeError that names the position of the bad entry, never its secret.
 */
export function parseApiKeys(text: string) {
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
    return { caller: { name, role: role as Role }, digest: readDigest(secret, place) };
  });
  const names = new Set(keys.map(({ caller }) => caller.name));
  return {
    /** Whether a key has this name. */
    hasName: (name: string): boolean => names.has(name),
    /** The caller of the key of this name that `proof` is of: see `proveKey`. */
    findProven: (name: string, secret: string, proof: string): Caller | undefined =>
      keys.find(({ caller, digest }) => caller.name === name && proveKey(digest, secret) === proof)?.caller,
    /** Signs with a key of this name; undefined without such a key. */
    sign(name: string, text: string): string | undefined {
      const key = keys.find(({ caller }) => caller.name === name);
      return key && signByKey(key.digest, text);
    },
    /** The caller of the key of this name that has signed the text. */
    findSigner: (name: string, text: string, signature: string): Caller | undefined =>
      keys.find(({ caller, digest }) => caller.name === name && isSame(signByKey(digest, text), signature))?.caller,
    /** The caller with this secret. */
    findCaller(secret: string): Caller | undefined {
      const digest = toDigest(secret);
      let found: Caller | undefined;
      // The loop does not stop early: the time that it takes must not reveal which key matched.
      for (const key of keys) if (isSame(key.digest, digest)) found = key.caller;
      return found;
    },
  };
}

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
