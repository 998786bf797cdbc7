import type { ApiKey } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';

/** Rotations that a key remembers, and old secrets of it that are valid at the same time. */
const MAX_ROTATIONS = 10;

type OldSecret = Required<ApiKey>['older_secrets'][number];

/** The secrets that a key had before its present one, the newest first. Some of them may have ended. */
export function listOldSecrets({ generation, old_digest, old_secret_until, older_secrets = [] }: ApiKey): OldSecret[] {
  if (old_digest === undefined || old_secret_until === undefined) return older_secrets;
  return [{ digest: old_digest, generation: generation - 1, until: old_secret_until }, ...older_secrets];
}

interface Rotation {
  /** Of the new secret. */
  digest: string;
  graceSeconds: number;
  now: Date;
  rotationId: string | undefined;
}

/**
 * The key with a new secret; undefined if it has had this rotation. The older secrets stay valid for `graceSeconds` at
 * most. Throws AppError `conflict` `illegal_transition` if the key is revoked.
 */
export function rotateKey(key: ApiKey, { digest, graceSeconds, now, rotationId }: Rotation): ApiKey | undefined {
  const { old_digest: _, old_secret_until: __, older_secrets: ___, rotations = [], ...before } = key;
  if (rotationId !== undefined && rotations.includes(rotationId)) return undefined;
  if (!before.active) throw new AppError('illegal_transition', { detail: 'the key is revoked', allowed: [] });
  return {
    ...before,
    ...toOldSecrets(key, graceSeconds, now),
    digest,
    generation: before.generation + 1,
    rotated_time: now,
    rotations: [...rotations, ...(rotationId === undefined ? [] : [rotationId])].slice(-MAX_ROTATIONS),
  };
}

/** What stays of a key's secrets when it gets another one: none outlives the grace of that, the newest first. */
function toOldSecrets(key: ApiKey, graceSeconds: number, now: Date): Partial<ApiKey> {
  if (graceSeconds === 0) return {};
  const last = new Date(now.getTime() + graceSeconds * 1_000);
  const older_secrets = listOldSecrets(key)
    .filter(({ until }) => until > now)
    .map(({ until, ...secret }) => ({ ...secret, until: until < last ? until : last }))
    .slice(0, MAX_ROTATIONS - 1);
  return { old_digest: key.digest, old_secret_until: last, ...(older_secrets.length > 0 && { older_secrets }) };
}
