/**
 * Makes the collections and indexes that are missing. Several services may do it at once: the server builds an index
 * once, and all services that ask for it wait for that build.
 *
 * A new collection is empty, and has its indexes at once. On a large one a build lasts for minutes or hours. A service
 * waits for unique indexes, since they decide what may be written, and they are on small collections. For the other
 * indexes it waits for a short while. After that it works without them until they are built: its queries are slow, but
 * no update waits for an index. Sweeps over subtasks do: each pass would read the whole collection.
 */
import { delay, type Logger } from '@cyberstroll/runtime';
import type { IndexDefinition, IndexOptions, Model } from 'mongoose';
import { isTransient } from '../queries/mongo-errors';
import type { Models } from './collections';

const AT_ONCE = 4;
const PATIENCE_MS = 30_000;
const RETRY_MS = 5_000;
/** After an answer that only an operator can change. */
const REFUSED_RETRY_MS = 60_000;

type Index = [keys: IndexDefinition, options: IndexOptions];

export interface CollectionOptions {
  logger?: Logger | undefined;
  signal?: AbortSignal;
  /** How long to wait for indexes that are not unique, in milliseconds. Default: 30,000. */
  patienceMs?: number;
}

/**
 * Resolves when the store may be used. `built` resolves with true when every index exists, and with false if `signal`
 * aborts before.
 */
export async function createCollections(
  models: Models,
  { logger, signal = new AbortController().signal, patienceMs = PATIENCE_MS }: CollectionOptions = {},
): Promise<{ built: Promise<boolean> }> {
  const all = Object.values(models);
  const names = new Set((await all[0]!.db.listCollections()).map(({ name }) => name));
  const present = all.filter(({ collection }) => names.has(collection.name));
  const missing = all.filter((model) => !present.includes(model));
  // The server makes a collection when it makes its first index. These have none.
  for (const model of missing) if (model.schema.indexes().length === 0) await model.createCollection();
  await createIndexes(missing, () => true);
  await createIndexes(present, isUnique);
  const build = () => createIndexes(present, (index) => !isUnique(index));
  const first = build();
  if (await isSettledWithin(first, patienceMs)) return { built: Promise.resolve(true) };
  logger?.warn(
    { waited_ms: patienceMs },
    'indexes are being built: until then sweeps over subtasks wait, and queries are slow',
  );
  return { built: finish(first, build, { logger, signal }) };
}

const isUnique = ([, { unique }]: Index): boolean => !!unique;

/** A few collections at a time: each request has a connection of its own, which an idle service would not need. */
async function createIndexes(models: readonly Model<unknown>[], isWanted: (index: Index) => boolean): Promise<void> {
  const waiting = models.values();
  const createNext = async () => {
    for (const model of waiting) await createIndexesOf(model, isWanted);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, createNext));
}

async function createIndexesOf(model: Model<unknown>, isWanted: (index: Index) => boolean): Promise<void> {
  const indexes = (model.schema.indexes() as unknown as Index[]).filter(isWanted);
  if (indexes.length === 0) return;
  const descriptions = indexes.map(([key, { background: _, ...options }]) => ({ key, ...options }));
  // Without a time limit: the connection's own time-out would send the request for one build again and again.
  await model.collection.createIndexes(descriptions as never, { socketTimeoutMS: 0 } as object);
}

/** False if `promise` takes longer. Rejects if `promise` rejects. */
async function isSettledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), delay(ms, settled.signal).then(() => false)]);
  } finally {
    settled.abort();
  }
}

/**
 * Asks again until every index exists, and never rejects: the service works meanwhile, and the doctor names the missing
 * indexes.
 */
async function finish(
  first: Promise<void>,
  build: () => Promise<void>,
  { logger, signal }: Pick<CollectionOptions, 'logger'> & { signal: AbortSignal },
): Promise<boolean> {
  for (let building = first; ; building = build()) {
    try {
      await building;
      logger?.info('indexes are built');
      return true;
    } catch (err) {
      const isRefused = !isTransient(err);
      if (isRefused && !signal.aborted) logger?.error({ err }, 'indexes cannot be built: see `cyberstroll doctor`');
      await delay(isRefused ? REFUSED_RETRY_MS : RETRY_MS, signal);
      if (signal.aborted) return false;
    }
  }
}
