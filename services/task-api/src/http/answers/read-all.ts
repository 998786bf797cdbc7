import type { Page } from '@cyberstroll/contracts';

/** Items that are read at once. */
const ROWS = 250;

/**
 * All items of a list, page by page: no read of the database lasts longer than that of a page, however slowly the
 * client takes the rows. Ends when the client has gone.
 */
export async function* readAll<Item, Query extends { cursor?: string | undefined }>(
  readPage: (query: Query & { limit: number }) => Promise<Page<Item>>,
  query: Query,
  gone: AbortSignal,
): AsyncGenerator<Item> {
  for (let { cursor } = query; ; ) {
    const page = await readPage({ ...query, cursor, limit: ROWS });
    yield* page.items;
    cursor = page.next_cursor;
    if (cursor === undefined || gone.aborted) return;
  }
}
