import type { Page } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';

/**
 * The most that the documents of a page may have, in bytes of JSON. A page may hold fewer than its limit, and still
 * have a next one.
 */
export const MAX_PAGE_BYTES = 1_000_000;

/** Documents that are read at once. If they are large, not many more than fit in the page are read. */
export const PAGE_BATCH = 250;

/** Decides which documents fit in a page: up to `limit` documents and `MAX_PAGE_BYTES`. The first one always fits. */
export function createPageBudget(limit: number): { take(document: unknown): boolean } {
  let count = 0;
  let bytes = 0;
  return {
    take(document) {
      if (count === limit) return false;
      bytes += Buffer.byteLength(JSON.stringify(document));
      if (count > 0 && bytes > MAX_PAGE_BYTES) return false;
      count += 1;
      return true;
    },
  };
}

/** The first documents of `found` as a page. If there are more, the next page begins after the last of these. */
export async function takePage<Item>(
  found: mongo.FindCursor<Item>,
  limit: number,
  toCursor: (last: Item) => string,
): Promise<Page<Item>> {
  const budget = createPageBudget(limit);
  const items: Item[] = [];
  for await (const item of found.limit(limit + 1).batchSize(PAGE_BATCH)) {
    if (!budget.take(item)) return { items, next_cursor: toCursor(items.at(-1)!) };
    items.push(item);
  }
  return { items };
}
