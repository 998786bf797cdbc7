import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SECRET_PREFIX } from '@cyberstroll/contracts';

/** SHA-256 in hex: all that is kept of a secret. */
export const toDigest = (secret: string): string => hash('sha256', secret);

/** A secret for a key that the API makes. */
export const makeSecret = (): string => SECRET_PREFIX + randomBytes(32).toString('base64url');

/** Takes the same time for each text of this length. */
export const isSame = (expected: string, given: string): boolean => {
  const [first, second] = [Buffer.from(expected), Buffer.from(given)];
  return first.length === second.length && timingSafeEqual(first, second);
};

/**
 * What a session keeps of an API key, so that it ends with it. Nobody can compare it with a key who does not have the
 * secret of the session. With a hash of the key alone a reader of the database could try short keys.
 */
export const proveKey = (digest: string, sessionSecret: string): string =>
  createHmac('sha256', sessionSecret).update(digest, 'hex').digest('hex');

/**
 * Signs a text with the digest of a key. Whoever knows neither cannot do it. The text must hold a secret itself:
 * otherwise a reader of both could try short keys.
 */
export const signByKey = (digest: string, text: string): string =>
  createHmac('sha256', Buffer.from(digest, 'hex')).update(text).digest('hex');
