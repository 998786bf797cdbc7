/**
 * The API keys that the API makes. Only the SHA-256 of a secret is here. Every change has a number
 * (`createNumberedChanges`).
 */
import { makeSecret, rotateKey, toDigest } from '@cyberstroll/access';
import {
  type ApiKey,
  apiKeySchema,
  INTERNAL_KEY_FIELDS,
  type KeyView,
  type ListKeysQuery,
  MAX_API_KEYS,
  type Page,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { type ClientSession, mongo } from 'mongoose';
import type { WriterSessions } from '../mongodb/connection/writer-sessions';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { createNumberedChanges } from '../mongodb/models/numbered-changes';
import { updateEach } from '../mongodb/queries/bulk-writes';
import { takePage } from '../mongodb/queries/take-page';

export type NewApiKey = Pick<ApiKey, 'name' | 'role' | 'expires_time' | 'networks' | 'requests_per_minute'>;

/** Without `secret`: an earlier call has made it, and nobody can read it again. */
type NewSecret = KeyView & { secret?: string };

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>;

const shownSchema = apiKeySchema.omit(INTERNAL_KEY_FIELDS);
const isShown = (key: object): boolean => shownSchema.safeParse(key).success;
const SHOWN = { _id: 0, ...Object.fromEntries(Object.keys(INTERNAL_KEY_FIELDS).map((field) => [field, 0])) };

export function createApiKeyStore(db: Database, sessions: WriterSessions) {
  const changes = createNumberedChanges(db, 'api_key_changes', () => db.apiKeys);

  async function find(keyId: string, session?: ClientSession): Promise<ApiKey> {
    const options = { ...WITHOUT_ID, ...(session && { session }) };
    const found = await db.apiKeys.findOne<ApiKey>({ key_id: keyId }, options);
    if (found) return found;
    throw new AppError('key_not_found', { field: 'key_id' });
  }

  /** Writes what `toNext` makes of the key; undefined: nothing. */
  const change = (keyId: string, toNext: (key: ApiKey) => ApiKey | undefined) =>
    sessions.transact(async (session) => {
      const number = await changes.takeNumber(session);
      const key = await find(keyId, session);
      const next = toNext(key);
      if (!next) return { view: toView(key), isChanged: false };
      const changed = { ...next, change: number };
      await db.apiKeys.replaceOne({ key_id: keyId }, changed, { session });
      return { view: toView(changed), isChanged: true };
    });

  return {
    /**
     * With the id of a key that exists, changes nothing. Rejects with AppError `conflict` `key_name_taken` or
     * `too_many_keys`.
     */
    async create(given: NewApiKey, operator: string, now: Date, keyId?: string): Promise<NewSecret> {
      const _id = new mongo.ObjectId(keyId);
      const secret = makeSecret();
      const key = { key_id: _id.toHexString(), ...given, created_time: now, created_by: operator };
      return sessions.transact(async (session) => {
        const number = await changes.takeNumber(session);
        const known = keyId && (await db.apiKeys.findOne<ApiKey>({ key_id: keyId }, { ...WITHOUT_ID, session }));
        if (known) return toView(known);
        if (await db.apiKeys.findOne({ name: key.name, active: true }, { session, projection: { _id: 1 } })) {
          throw new AppError('key_name_taken', { field: 'name' });
        }
        if ((await db.apiKeys.countDocuments({ active: true }, { session })) >= MAX_API_KEYS) {
          throw new AppError('too_many_keys', { limit: MAX_API_KEYS });
        }
        const hidden = { digest: toDigest(secret), generation: 1, active: true, change: number };
        await db.apiKeys.insertOne({ _id, ...key, ...hidden }, { session });
        return { ...key, secret };
      });
    },

    /**
     * A new secret. The older ones stay valid for `graceSeconds` at most. The same `rotationId` again changes nothing.
     * Rejects with AppError `missing` `key_not_found`, or `conflict` `illegal_transition` if the key is revoked.
     */
    async rotate(keyId: string, graceSeconds: number, now: Date, rotationId?: string): Promise<NewSecret> {
      const secret = makeSecret();
      const rotation = { digest: toDigest(secret), graceSeconds, now, rotationId };
      const { view, isChanged } = await change(keyId, (key) => rotateKey(key, rotation));
      return isChanged ? { ...view, secret } : view;
    },

    /** A key that is revoked already stays as it is. Rejects with AppError `missing` `key_not_found`. */
    async revoke(keyId: string, operator: string, now: Date): Promise<KeyView> {
      const { view } = await change(keyId, (key) =>
        key.active ? { ...key, active: false, revoked_time: now, revoked_by: operator } : undefined,
      );
      return view;
    },

    /** Rejects with AppError `missing` `key_not_found`. */
    async getKey(keyId: string): Promise<KeyView> {
      return toView(await find(keyId));
    },

    /** Newest first. */
    async findPage({ limit, cursor, revoked }: ListKeysQuery): Promise<Page<KeyView>> {
      const filter = { active: !revoked, ...(cursor && { key_id: { $lt: cursor } }) };
      const found = db.apiKeys.find<KeyView>(filter, { projection: SHOWN }).sort({ key_id: -1 });
      const page = await takePage(found, limit, ({ key_id }) => key_id);
      return { ...page, items: page.items.filter(isShown) };
    },

    /** Keys that are not revoked, and expire until then. */
    findExpiring: (until: Date): Promise<KeyView[]> =>
      db.apiKeys.find<KeyView>({ active: true, expires_time: { $lte: until } }, { projection: SHOWN }).toArray(),

    /** As `KeyChanges` says. */
    findChanges: (after: number, limit: number): Promise<ApiKey[]> => changes.findAfter(after, limit, { _id: 0 }),

    /** As `KeyChanges` says. */
    async markUsed(keyIds: readonly string[], time: Date): Promise<void> {
      const each = keyIds.map((key_id) => ({ key_id }));
      if (each.length > 0) await updateEach(db.apiKeys, each, { $max: { last_used_time: time } });
    },
  };
}

function toView(key: ApiKey): KeyView {
  const { digest, old_digest, older_secrets, rotations, generation, active, change, ...view } = key;
  return view;
}
