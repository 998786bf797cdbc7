import type { ApiKey } from '@cyberstroll/contracts';
import { findKeyRange } from '@cyberstroll/targets';
import type { Caller, KeyRef } from '../caller';
import { createKeyScope } from '../networks/key-scope';
import { listOldSecrets } from './rotate-key';

interface Entry {
  key: ApiKey;
  caller: Omit<Caller, 'key'>;
}

/**
 * The keys that are not revoked, in memory. They are found by the SHA-256 of the secret. That is as safe as a
 * comparison in constant time: its time depends on the digest alone, and nobody can choose a secret for its digest. So
 * whoever measures it learns a part of a digest at most, which leads to no secret of 32 random bytes.
 */
export function createKeyTable() {
  const entries = new Map<string, Entry>();
  const byDigest = new Map<string, KeyRef>();

  function remove(keyId: string): void {
    const known = entries.get(keyId)?.key;
    if (!known) return;
    entries.delete(keyId);
    for (const { digest } of [known, ...listOldSecrets(known)]) byDigest.delete(digest);
  }

  function add(key: ApiKey): void {
    const { key_id } = key;
    entries.set(key_id, { key, caller: toCaller(key) });
    for (const { digest, generation } of [key, ...listOldSecrets(key)]) byDigest.set(digest, { key_id, generation });
  }

  function findDigest(ref: KeyRef, now: Date): string | undefined {
    const entry = entries.get(ref.key_id);
    return entry && findValid(entry.key, ref.generation, now);
  }

  function findHolder(ref: KeyRef, now: Date): Caller | undefined {
    return findDigest(ref, now) === undefined ? undefined : { ...entries.get(ref.key_id)!.caller, key: ref };
  }

  return {
    /**
     * Takes the changes in; the newest change of a key is its last. A key whose networks cannot be read opens nothing.
     */
    apply(changes: readonly ApiKey[]): void {
      for (const key of changes) {
        remove(key.key_id);
        if (key.active && areReadable(key.networks)) add(key);
      }
    },
    /** The caller with a secret of this digest, if the secret is valid at `now`. */
    findCaller(digest: string, now: Date): Caller | undefined {
      const ref = byDigest.get(digest);
      return ref && findHolder(ref, now);
    },
    /** The caller with this secret of this key, if it is valid at `now`. */
    findHolder,
    /** The digest of this secret of this key, if it is valid at `now`. */
    findDigest,
  };
}

const areReadable = (networks: ApiKey['networks'] = []): boolean =>
  Array.isArray(networks) && networks.every((network) => findKeyRange(network) !== undefined);

const toCaller = ({ name, role, requests_per_minute, networks, expires_time }: ApiKey): Entry['caller'] => ({
  name,
  role,
  ...(requests_per_minute !== undefined && { requestsPerMinute: requests_per_minute }),
  ...(networks && { scope: createKeyScope(networks) }),
  ...(expires_time && { expires: expires_time }),
});

/** The digest of the secret of this generation, if it is valid at `now`. */
function findValid(key: ApiKey, asked: number, now: Date): string | undefined {
  if (key.expires_time && key.expires_time <= now) return undefined;
  if (asked === key.generation) return key.digest;
  return listOldSecrets(key).find(({ generation, until }) => generation === asked && now < until)?.digest;
}
