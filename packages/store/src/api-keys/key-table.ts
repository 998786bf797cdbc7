import type { ApiKey } from '@cyberstroll/contracts';
import type { Caller } from '@cyberstroll/runtime';
import { createKeyScope, type KeyScope } from '@cyberstroll/targets';
import type { SessionDocument } from '../mongodb/documents';

/** One secret of a key: a rotation begins the next generation. */
export interface KeyRef {
  key_id: string;
  generation: number;
}

/** Who calls. `key` is absent for a key of API_KEYS. */
export interface KeyCaller extends Caller {
  key?: KeyRef;
  /** Instead of the usual limit. */
  requestsPerMinute?: number;
  /** Absent: all networks. */
  scope?: KeyScope;
  /** When the key expires; absent: never. */
  expires?: Date;
  /** By which the caller calls, instead of by the key itself. */
  session?: SessionDocument;
}

/** What is counted and kept of each caller apart: by its key, since the name of a revoked key may be given again. */
export const toCallerId = ({ name, key }: KeyCaller): string => key?.key_id ?? name;

/**
 * The keys that are not revoked, in memory. They are found by the SHA-256 of the secret. That is as safe as a
 * comparison in constant time: its time depends on the digest alone, and nobody can choose a secret for its digest. So
 * whoever measures it learns a part of a digest at most, which leads to no secret of 32 random bytes.
 */
export interface KeyTable {
  /** Takes the changes in; the newest change of a key is its last. */
  apply(changes: readonly ApiKey[]): void;
  /** The caller with a secret of this digest, if the secret is valid at `now`. */
  findCaller(digest: string, now: Date): KeyCaller | undefined;
  /** The caller with this secret of this key, if it is valid at `now`. */
  findHolder(ref: KeyRef, now: Date): KeyCaller | undefined;
}

interface Entry {
  key: ApiKey;
  caller: Omit<KeyCaller, 'key'>;
}

export function createKeyTable(): KeyTable {
  const entries = new Map<string, Entry>();
  const byDigest = new Map<string, KeyRef>();

  function remove(keyId: string): void {
    const known = entries.get(keyId)?.key;
    if (!known) return;
    entries.delete(keyId);
    byDigest.delete(known.digest);
    if (known.old_digest !== undefined) byDigest.delete(known.old_digest);
  }

  function add(key: ApiKey): void {
    const { key_id, generation } = key;
    entries.set(key_id, { key, caller: toCaller(key) });
    byDigest.set(key.digest, { key_id, generation });
    if (key.old_digest !== undefined) byDigest.set(key.old_digest, { key_id, generation: generation - 1 });
  }

  function findHolder(ref: KeyRef, now: Date): KeyCaller | undefined {
    const entry = entries.get(ref.key_id);
    return entry && isValid(entry.key, ref.generation, now) ? { ...entry.caller, key: ref } : undefined;
  }

  return {
    apply(changes) {
      for (const key of changes) {
        remove(key.key_id);
        if (key.active) add(key);
      }
    },
    findCaller(digest, now) {
      const ref = byDigest.get(digest);
      return ref && findHolder(ref, now);
    },
    findHolder,
  };
}

const toCaller = ({ name, role, requests_per_minute, networks, expires_time }: ApiKey): Entry['caller'] => ({
  name,
  role,
  ...(requests_per_minute !== undefined && { requestsPerMinute: requests_per_minute }),
  ...(networks && { scope: createKeyScope(networks) }),
  ...(expires_time && { expires: expires_time }),
});

function isValid({ expires_time, generation, old_secret_until }: ApiKey, asked: number, now: Date): boolean {
  if (expires_time && expires_time <= now) return false;
  if (asked === generation) return true;
  return asked === generation - 1 && old_secret_until !== undefined && now < old_secret_until;
}
