import type { Page } from '@cyberstroll/contracts';
import { readAll } from './read-all';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

it('reads page after page, also short and empty ones, until the last one or until the client has gone', async () => {
  const PAGES = [{ items: [1, 2], next_cursor: 'b' }, { items: [], next_cursor: 'c' }, { items: [3] }];
  const asked: object[] = [];
  const readPage = async (query: object): Promise<Page<number>> => {
    asked.push(query);
    return PAGES[asked.length - 1]!;
  };
  const query: { label: string; cursor?: string } = { label: 'a' };
  const gone = new AbortController();
  expect(await collect(readAll(readPage, query, gone.signal))).toEqual([1, 2, 3]);
  expect(asked).toMatchObject([undefined, 'b', 'c'].map((cursor) => ({ label: 'a', cursor, limit: 250 })));
  asked.length = 0;
  gone.abort();
  expect(await collect(readAll(readPage, query, gone.signal))).toEqual([1, 2]);
});
