/**
 * Who may call: the keys of API_KEYS, and those of the collection, which every replica has in memory. It reads what
 * changed every two seconds, and at once on the replica that changed it. So a new key works, and a revoked one ends,
 * within five seconds everywhere.
 *
 * While MongoDB is unavailable the keys stay as they were: nobody can revoke one meanwhile, and a replica that is cut
 * off from MongoDB alone can show nothing but progress from Redis. Expiry needs no MongoDB.
 */
import type { ApiKey } from '@cyberstroll/contracts';
import { AppError, createComponent, createGroup, createSweep, type Logger } from '@cyberstroll/runtime';
import type { Caller, KeyRef } from '../caller';
import { createChangeReader, READ_INTERVAL_MS } from '../numbered-changes';
import type { ApiKeys } from './api-keys';
import { createKeyTable } from './key-table';
import { isSame, signByKey, toDigest } from './secrets';

export type KeyRing = ReturnType<typeof createKeyRing>;

/** By which key: one of the collection by `key`, one of API_KEYS by `name`. */
type Signer = Pick<Caller, 'name' | 'key'>;

/** What the ring needs of the collection of keys. */
export interface KeyChanges {
  /** The keys that changed after this number, in the order of their changes. */
  findChanges(after: number, limit: number): Promise<ApiKey[]>;
  /** Notes that these keys were used at `time`. A later time stays. */
  markUsed(keyIds: readonly string[], time: Date): Promise<void>;
}

const MARK_INTERVAL_MS = 60_000;

const notRead = () => new AppError('unavailable', { detail: 'the API keys are not read yet' });

export function createKeyRing({
  apiKeys,
  bootstrap,
  logger,
}: {
  apiKeys: KeyChanges;
  bootstrap: ApiKeys;
  logger: Logger;
}) {
  const table = createKeyTable();
  const watched = new Map<() => void, KeyRef>();
  const used = new Set<string>();
  let isRead = false;
  let markAtMs = MARK_INTERVAL_MS;

  const readChanges = createChangeReader(apiKeys.findChanges, table.apply);

  async function refresh() {
    await readChanges();
    isRead = true;
    endWatched();
  }

  function endWatched() {
    const now = new Date();
    for (const [ended, ref] of watched) {
      if (table.findHolder(ref, now)) continue;
      watched.delete(ended);
      ended();
    }
  }

  async function markUsed(now: Date) {
    if (performance.now() < markAtMs) return;
    markAtMs = performance.now() + MARK_INTERVAL_MS;
    const ids = [...used];
    used.clear();
    await apiKeys.markUsed(ids, now);
  }

  const reader = createSweep({
    name: 'read-keys',
    intervalMs: READ_INTERVAL_MS,
    logger,
    async sweepOnce(now) {
      // A key expires also while nothing can be read.
      endWatched();
      await refresh();
      await markUsed(now);
      return {};
    },
  });
  const first = createComponent('keys', {
    start: () => refresh().catch((err) => logger.warn({ err }, 'API keys not read yet')),
  });

  function noteUse(caller: Caller | undefined): Caller | undefined {
    if (caller?.key) used.add(caller.key.key_id);
    return caller;
  }

  async function findHolder(ref: KeyRef): Promise<Caller | undefined> {
    const caller = noteUse(table.findHolder(ref, new Date()));
    if (!caller && !isRead) throw notRead();
    return caller;
  }

  return {
    ...createGroup('keys', [first, reader]),
    /** The caller with this secret. Rejects with AppError `transient` `unavailable` while no key was ever read. */
    async findCaller(secret: string): Promise<Caller | undefined> {
      const operator = bootstrap.findCaller(secret);
      if (operator) return operator;
      const caller = noteUse(table.findCaller(toDigest(secret), new Date()));
      if (!caller && !isRead) throw notRead();
      return caller;
    },
    /** The caller with this secret of a key; undefined once it is not valid any more. Rejects like the above. */
    findHolder,
    /** Signs with the secret of the caller's key; undefined once that is not valid any more. */
    sign({ name, key }: Signer, text: string): string | undefined {
      if (!key) return bootstrap.sign(name, text);
      const digest = table.findDigest(key, new Date());
      return digest === undefined ? undefined : signByKey(digest, text);
    },
    /** The caller whose key has signed the text, if it is still valid. Rejects like the above. */
    async findSigner({ name, key }: Signer, text: string, signature: string): Promise<Caller | undefined> {
      if (!key) return bootstrap.findSigner(name, text, signature);
      const caller = await findHolder(key);
      const digest = table.findDigest(key, new Date());
      return digest !== undefined && isSame(signByKey(digest, text), signature) ? caller : undefined;
    },
    /** Whether API_KEYS has a key of this name. */
    isReserved: bootstrap.hasName,
    /** Calls `ended` once if the caller's secret ends: revoked, expired or replaced. Returns how to stop that. */
    watch({ key }: Caller, ended: () => void): () => void {
      if (!key) return () => undefined;
      const own = () => ended();
      watched.set(own, key);
      return () => void watched.delete(own);
    },
    /** Reads what changed until now. */
    refresh,
  };
}
