import type { Page } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';

/**
 * The most that the documents of a page may have, in bytes of JSON. A page may hold fewer than its limit, and still
 * have a next one.
 */
export const MAX_PAGE_BYTES = 1_000_000;

/** Documents that are read at once. If they are large, not many more than fit in the page are read. */
export const PAGE_BATCH = 250;

/** The first documents of `found` as a page. If there are more, the next page begins after the last of these. */
export const takePage = <Item>(
  found: mongo.FindCursor<Item>,
  limit: number,
  toCursor: (last: Item) => string,
): Promise<Page<Item>> => toPage(found.limit(limit + 1).batchSize(PAGE_BATCH), limit, toCursor);

/**
 * The first of `found` as a page: up to `limit` and `MAX_PAGE_BYTES`, and always the first one. If there are more, the
 * cursor of the next page is made from the last one on this page and the first one after it. If not, it is `end`, which
 * is given if the list continues where `found` ends.
 */
export async function toPage<Item>(
  found: AsyncIterable<Item>,
  limit: number,
  toCursor: (last: Item, next: Item) => string,
  end?: string,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let bytes = 0;
  for await (const item of found) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    const isFull = items.length === limit || (items.length > 0 && bytes > MAX_PAGE_BYTES);
    if (isFull) return { items, next_cursor: toCursor(items.at(-1)!, item) };
    items.push(item);
  }
  return { items, ...(end !== undefined && { next_cursor: end }) };
}
