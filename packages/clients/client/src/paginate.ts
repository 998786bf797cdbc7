import { type ApiAnswer, type DataOf, unwrap } from './api-error';

interface Page {
  items: unknown[];
  next_cursor?: string;
}

type ItemOf<Call extends ApiAnswer<Page>> = Awaited<DataOf<Call>['items'][number]>;

/** Absent on the first page. */
export interface PageQuery {
  cursor?: string;
}

/**
 * The items of a list, page after page, as they are wanted. Throws an `ApiError` if the API refuses a page.
 *
 *     for await (const task of paginate((page) => client.GET('/api/tasks', { params: { query: page } }))) …
 */
export async function* paginate<Call extends ApiAnswer<Page>>(
  getPage: (query: PageQuery) => Promise<Call>,
): AsyncGenerator<ItemOf<Call>, void, undefined> {
  let cursor: string | undefined;
  do {
    const page: Page = await unwrap(getPage(cursor === undefined ? {} : { cursor }));
    yield* page.items as ItemOf<Call>[];
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}
