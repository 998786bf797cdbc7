import type { Page } from '@cyberstroll/contracts';
import { CliError } from './cli-error';
import { defineTexts } from './language/say';

const t = defineTexts({
  list_does: [
    'the list does not continue: the answer names the cursor that was asked for',
    '列表无法继续：响应给出的游标就是所请求的游标',
  ],
});

const LONGEST_PAGE = 1_000;

/** The options of every list. */
export interface ListOptions {
  limit: number;
  all?: boolean;
  cursor?: string;
}

export type FetchPage<Item> = (page: { limit: number; cursor?: string }) => Promise<Page<Item>>;

/**
 * Pages of a list, following its cursors until `limit` items are there or the list ends. Throws where a cursor leads to
 * itself: another server than the API may answer.
 */
export async function* followPages<Item>(
  fetchPage: FetchPage<Item>,
  { limit, all, cursor }: ListOptions,
): AsyncGenerator<Page<Item>> {
  let rest = all ? Number.POSITIVE_INFINITY : limit;
  let next = cursor;
  do {
    const page = await fetchPage({ limit: Math.min(rest, LONGEST_PAGE), cursor: next });
    yield page;
    rest -= page.items.length;
    const last = next;
    next = page.next_cursor ?? undefined;
    if (next !== undefined && next === last) throw new CliError('error', t('list_does'));
  } while (next !== undefined && rest > 0);
}
