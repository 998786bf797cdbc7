import type { ApiKey } from '@cyberstroll/contracts';
import type { Caller } from '@cyberstroll/runtime';
import { createKeyScope, type KeyScope } from '@cyberstroll/targets';
import type { SessionDocument } from '../mongodb/models/documents';

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
  /** The digest of this secret of this key, if it is valid at `now`. */
  findDigest(ref: KeyRef, now: Date): string | undefined;
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

  function findHolder(ref: KeyRef, now: Date): KeyCaller | undefined {
    return findDigest(ref, now) === undefined ? undefined : { ...entries.get(ref.key_id)!.caller, key: ref };
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
    findDigest,
  };
}

/** Rotations that a key remembers, and old secrets of it that are valid at the same time. */
export const MAX_ROTATIONS = 10;

type OldSecret = Required<ApiKey>['older_secrets'][number];

/** The secrets that a key had before its present one, the newest first. Some of them may have ended. */
function listOldSecrets({ generation, old_digest, old_secret_until, older_secrets = [] }: ApiKey): OldSecret[] {
  if (old_digest === undefined || old_secret_until === undefined) return older_secrets;
  return [{ digest: old_digest, generation: generation - 1, until: old_secret_until }, ...older_secrets];
}

/** What stays of a key's secrets when it gets another one: none outlives the grace of that, the newest first. */
export function toOldSecrets(key: ApiKey, graceSeconds: number, now: Date): Partial<ApiKey> {
  if (graceSeconds === 0) return {};
  const last = new Date(now.getTime() + graceSeconds * 1_000);
  const older_secrets = listOldSecrets(key)
    .filter(({ until }) => until > now)
    .map(({ until, ...secret }) => ({ ...secret, until: until < last ? until : last }))
    .slice(0, MAX_ROTATIONS - 1);
  return { old_digest: key.digest, old_secret_until: last, ...(older_secrets.length > 0 && { older_secrets }) };
}

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
