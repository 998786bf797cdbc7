/**
 * Makes the collections and indexes that are missing, harmless where several services do it at once: the server builds an index
 * once, and all who ask for it wait for that.
 *
 * On a large collection a build lasts for minutes or hours. A service waits for unique indexes, since they decide what may be
 * written, and they are on small collections. For the others it waits for a short while, and then works without them until they
 * are built: its queries are slow, and no update waits for one of them.
 */
import { delay, type Logger } from '@cyberstroll/runtime';
import type { IndexDefinition, IndexOptions, Model } from 'mongoose';
import type { Models } from './create-models';
import { isTransient } from './mongo-errors';

const PATIENCE_MS = 30_000;
const RETRY_MS = 5_000;

type Index = [keys: IndexDefinition, options: IndexOptions];

export interface CollectionOptions {
  logger?: Logger | undefined;
  signal?: AbortSignal;
  /** How long indexes that are not unique are waited for, in milliseconds. Default: 30,000. */
  patienceMs?: number;
}

/** Resolves when the store may be used; `built`, when every index is there. */
export async function createCollections(
  models: Models,
  { logger, signal = new AbortController().signal, patienceMs = PATIENCE_MS }: CollectionOptions = {},
): Promise<{ built: Promise<void> }> {
  const all = Object.values(models) as unknown as Model<unknown>[];
  for (const model of all) await model.createCollection();
  await createIndexes(all, isUnique);
  const build = () => createIndexes(all, (index) => !isUnique(index));
  const first = build();
  if (await isSettledWithin(first, patienceMs)) return { built: first };
  logger?.warn({ waited_ms: patienceMs }, 'indexes are being built: queries are slow until then');
  return { built: finish(first, build, { logger, signal }) };
}

const isUnique = ([, { unique }]: Index): boolean => !!unique;

async function createIndexes(models: readonly Model<unknown>[], isWanted: (index: Index) => boolean): Promise<void> {
  await Promise.all(
    models.map(async (model) => {
      const indexes = (model.schema.indexes() as unknown as Index[]).filter(isWanted);
      if (indexes.length === 0) return;
      const descriptions = indexes.map(([key, { background: _, ...options }]) => ({ key, ...options }));
      // For as long as it takes: the connection's own time-out would ask again and again for one build.
      await model.collection.createIndexes(descriptions as never, { socketTimeoutMS: 0 } as object);
    }),
  );
}

/** False where `promise` takes longer. Rejects as it does. */
async function isSettledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), delay(ms, settled.signal).then(() => false)]);
  } finally {
    settled.abort();
  }
}

/** Asks again where MongoDB was out of reach meanwhile. Never rejects: the service works, and the doctor names what is missing. */
async function finish(
  first: Promise<void>,
  build: () => Promise<void>,
  { logger, signal }: Pick<CollectionOptions, 'logger'> & { signal: AbortSignal },
): Promise<void> {
  for (let building = first; ; building = build()) {
    try {
      await building;
      logger?.info('indexes are built');
      return;
    } catch (err) {
      if (signal.aborted) return;
      if (!isTransient(err)) {
        logger?.error({ err }, 'indexes cannot be built: see `cyberstroll doctor`');
        return;
      }
      await delay(RETRY_MS, signal);
    }
  }
}
