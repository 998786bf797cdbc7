import type { ResultStream } from '@cyberstroll/contracts';
import { CliError } from '../cli-error';
import { type FetchPage, followPages, type ListOptions } from '../follow-pages';
import type { CliCommand } from '../help/cli-command';
import { defineTexts, say, type Text } from '../language/say';
import type { Output } from '../output';
import { toPrintableJson, toPrintableStream } from '../printable';
import type { Table } from '../text/table';
import { integer } from './option-values';

const t = defineTexts({
  more_all: ['there are more {noun}: --all, or --cursor {cursor}', '还有更多{noun}：用 --all，或 --cursor {cursor}'],
  limit: ['largest number of items', '最多列出多少项'],
  all: ['all items', '列出全部'],
  cursor: ['continue after an earlier page', '从上一页之后继续'],
});

export const addListOptions = (command: CliCommand): CliCommand =>
  command
    .option('--limit <n>', t('limit'), integer(1), 100)
    .option('--all', t('all'))
    .option('--cursor <cursor>', t('cursor'));

interface PrintedList<Item> {
  fetch: FetchPage<Item>;
  table: Table<Item>;
  /** What the list shows, as in `no tasks`. */
  noun: Text;
  /** Further fields of the document, once all items are there. */
  toRest?: () => Record<string, unknown>;
}

interface StreamedList<Item> extends PrintedList<Item> {
  /** What was asked for; all but `table` are everything that matches, as it arrives. */
  format: string;
  stream: (format: ResultStream) => AsyncIterable<string>;
}

/** As `printPages`, or in the format that was asked for. */
export async function printList<Item>(
  output: Output,
  options: ListOptions,
  { format, stream, ...list }: StreamedList<Item>,
): Promise<void> {
  if (format === 'table') return printPages(output, options, list);
  if (output.json) throw new CliError('usage', say('json_or_format', { format }));
  const form = format as ResultStream;
  for await (const text of stream(form)) await output.write(toPrintableStream(form, text));
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
