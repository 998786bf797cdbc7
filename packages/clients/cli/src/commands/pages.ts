import type { Page } from '@cyberstroll/contracts';
import { CliError } from '../cli-error';
import type { CliCommand } from '../help/cli-command';
import { defineTexts, say, type Text } from '../language/say';
import type { Output } from '../output';
import { toPrintableJson } from '../printable';
import type { Table } from '../text/table';
import { integer } from './option-values';

const t = defineTexts({
  list_does: [
    'the list does not continue: the answer names the cursor that was asked for',
    '列表无法继续：响应给出的游标就是所请求的游标',
  ],
  more_all: ['there are more {noun}: --all, or --cursor {cursor}', '还有更多{noun}：用 --all，或 --cursor {cursor}'],
  limit: ['largest number of items', '最多列出多少项'],
  all: ['all items', '列出全部'],
  cursor: ['continue after an earlier page', '从上一页之后继续'],
});

const LONGEST_PAGE = 1_000;

/** The options of every list. */
interface ListOptions {
  limit: number;
  all?: boolean;
  cursor?: string;
}

export const addListOptions = (command: CliCommand): CliCommand =>
  command
    .option('--limit <n>', t('limit'), integer(1), 100)
    .option('--all', t('all'))
    .option('--cursor <cursor>', t('cursor'));

type FetchPage<Item> = (page: { limit: number; cursor?: string }) => Promise<Page<Item>>;

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

interface PrintedList<Item> {
  fetch: FetchPage<Item>;
  table: Table<Item>;
  /** What the list shows, as in `no tasks`. */
  noun: Text;
  /** Further fields of the document, once all items are there. */
  toRest?: () => Record<string, unknown>;
}

/**
 * A list on stdout as it comes, never whole in memory: a table, or with --json one document `{items, next_cursor?}`.
 */
export async function printPages<Item>(
  output: Output,
  options: ListOptions,
  { fetch, table, noun, toRest = () => ({}) }: PrintedList<Item>,
): Promise<void> {
  let count = 0;
  let next: string | undefined;
  for await (const page of followPages(fetch, options)) {
    next = page.next_cursor ?? undefined;
    if (output.json) {
      const items = page.items.map((item, at) => (count + at === 0 ? '' : ',') + toPrintableJson(item));
      await output.write((count === 0 && items.length > 0 ? '{"items":[' : '') + items.join(''));
    } else if (page.items.length > 0) {
      await output.line(table.toText(page.items, output));
    }
    count += page.items.length;
  }
  if (output.json) {
    const rest = Object.entries({ next_cursor: next, ...toRest() }).filter(([, value]) => value !== undefined);
    const end = rest.map(([name, value]) => `,"${name}":${toPrintableJson(value)}`).join('');
    await output.line(`${count === 0 ? '{"items":[' : ''}]${end}}`);
  } else if (count === 0) {
    output.message(say('no', { noun }));
  }
  if (next !== undefined) output.message(t('more_all', { noun, cursor: toPrintableJson(next) }));
}
