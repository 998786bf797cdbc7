import type { Page } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';

/** The most of a page's documents, in bytes of JSON: a page may hold fewer than its limit, and still have a next one. */
export const MAX_PAGE_BYTES = 1_000_000;

/** Documents that are read at once: of large ones, not many more than go into the page. */
export const PAGE_BATCH = 250;

/** Counts what goes into a page, up to `limit` documents and `MAX_PAGE_BYTES`. The first one always does. */
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

/** The first of `found` as a page; where there are more, the next begins after the last of them. */
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
