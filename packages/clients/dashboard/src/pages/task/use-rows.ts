import { type operations, type SubTask, unwrap } from '@cyberstroll/client';
import type { SubTaskStatus } from '@cyberstroll/state-machine';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { client } from '../../api/session';
import { isVisible } from '../../browser/clock';
import { SUBTASK_LOOKS } from '../../states/states';

export interface SubTaskFilter {
  status: readonly SubTaskStatus[];
  error_code: string;
  has_open_ports: boolean;
  target: string;
  /** In the order of addresses, not as they are sent out. */
  by_address: boolean;
}

export const STATUSES = Object.keys(SUBTASK_LOOKS) as SubTaskStatus[];

export const readFilter = (query: URLSearchParams): SubTaskFilter => ({
  status: STATUSES.filter((status) => query.getAll('status').includes(status)),
  error_code: query.get('error_code') ?? '',
  has_open_ports: query.get('open') === 'true',
  target: query.get('target') ?? '',
  by_address: query.get('sort') === 'address',
});

export const hasFilter = ({ status, error_code, has_open_ports, target }: SubTaskFilter): boolean =>
  status.length > 0 || error_code !== '' || has_open_ports || target !== '';

type ListQuery = NonNullable<operations['listSubTasks']['parameters']['query']>;

const toListQuery = ({ status, error_code, has_open_ports, target, by_address }: SubTaskFilter): ListQuery =>
  ({
    ...(status.length > 0 && { status }),
    ...(error_code !== '' && { error_code }),
    ...(has_open_ports && { has_open_ports: 'true' }),
    ...(target !== '' && { target }),
    ...(by_address && { sort: 'address' }),
  }) as ListQuery;

/** A list that changes is read again after this many milliseconds at least. */
const AGAIN_MS = 2_000;
const KEPT_PAGES = 20;

export interface Rows {
  /** Of a list with a filter: those that were found so far, and one more while there are more. */
  count: number;
  isWhole: boolean;
  isLoading: boolean;
  error: unknown;
  find: (index: number) => SubTask | undefined;
  onSeen: (first: number, end: number) => void;
  reload: () => void;
}

interface Found {
  items: SubTask[];
  next: string | undefined;
}

/**
 * The subtasks of a task, read as they come into view. Without a filter a row is the index of its subtask, so that any
 * of them is read at once; with one, page follows page. `version`: when it changes, what is seen is read again.
 */
export function useRows(taskId: string, filter: SubTaskFilter, total: number, version: unknown): Rows {
  const isList = hasFilter(filter);
  const key = JSON.stringify([taskId, filter]);
  const pages = useSignal<ReadonlyMap<number, SubTask[]>>(new Map());
  const found = useSignal<Found>({ items: [], next: undefined });
  const isLoading = useSignal(true);
  const error = useSignal<unknown>(undefined);
  const seen = useRef({ first: 0, end: PAGE_ROWS });
  const running = useRef(0);
  const generation = useRef(0);

  const readPage = (at: { cursor?: string; from?: number }) =>
    unwrap(
      client.GET('/api/tasks/{task_id}/subtasks', {
        params: { path: { task_id: taskId }, query: { ...toListQuery(filter), limit: PAGE_ROWS, ...at } },
      }),
    );

  /** Runs one read at a time, for the filter that is shown now. */
  async function run(read: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    const mine = generation.current;
    const isCurrent = () => mine === generation.current;
    running.current += 1;
    isLoading.value = true;
    try {
      await read(isCurrent);
      if (isCurrent()) error.value = undefined;
    } catch (reason) {
      if (isCurrent()) error.value = reason;
    }
    if (!isCurrent()) return;
    running.current -= 1;
    isLoading.value = false;
  }

  async function readSeen(isCurrent: () => boolean, again: boolean): Promise<void> {
    const { first, end } = seen.current;
    for (const number of toPages(first, Math.min(end, total))) {
      if (!again && pages.value.has(number)) continue;
      const items = await readRows(number * PAGE_ROWS);
      if (!isCurrent()) return;
      pages.value = keepNear(new Map([...pages.value, [number, items]]), first, KEPT_PAGES);
    }
  }

  /** The rows of one page. The API cuts an answer that is too large. */
  async function readRows(begin: number): Promise<SubTask[]> {
    let { items, next_cursor } = await readPage({ from: begin });
    while (next_cursor !== undefined && items.length < PAGE_ROWS) {
      const page = await readPage({ cursor: next_cursor });
      items = [...items, ...page.items];
      next_cursor = page.next_cursor;
    }
    return items;
  }

  async function readMore(isCurrent: () => boolean): Promise<void> {
    let { items, next } = found.value;
    // A page may be empty and have another one behind it.
    do {
      const page = await readPage(next === undefined ? {} : { cursor: next });
      if (!isCurrent()) return;
      items = [...items, ...page.items];
      next = page.next_cursor;
      found.value = { items, next };
    } while (next !== undefined && items.length <= seen.current.end && items.length < PAGE_ROWS);
  }

  async function readFirst(isCurrent: () => boolean): Promise<void> {
    const page = await readPage({});
    if (isCurrent()) found.value = { items: page.items, next: page.next_cursor };
  }

  function look(again: boolean): void {
    if (running.current > 0) return;
    if (!isList) void run((isCurrent) => readSeen(isCurrent, again)).then(followScroll);
    else if (again) void run(readFirst);
    else if (found.value.next !== undefined && seen.current.end >= found.value.items.length) void run(readMore);
  }

  /** What came into view while a page was read. */
  function followScroll(): void {
    const { first, end } = seen.current;
    if (error.value === undefined && toPages(first, Math.min(end, total)).some((number) => !pages.value.has(number)))
      look(false);
  }

  useEffect(() => {
    generation.current += 1;
    running.current = 0;
    pages.value = new Map();
    found.value = { items: [], next: undefined };
    if (isList) void run(readMore);
    else look(false);
    return () => {
      generation.current += 1;
    };
  }, [key, total]);

  const latest = useRef(version);
  latest.current = version;
  useEffect(() => {
    let known = latest.current;
    const timer = setInterval(() => {
      // A long list with a filter would jump under the reader: it is read again when asked for.
      const isLong = isList && found.value.items.length > PAGE_ROWS;
      if (!isVisible.value || isLong || latest.current === known) return;
      known = latest.current;
      look(true);
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [key, total]);

  return {
    count: isList ? found.value.items.length + (found.value.next === undefined ? 0 : 1) : total,
    isWhole: !isList || found.value.next === undefined,
    isLoading: isLoading.value,
    error: error.value,
    find: (index) =>
      isList ? found.value.items[index] : pages.value.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    onSeen(first, end) {
      seen.current = { first, end };
      look(false);
    },
    reload: () => look(true),
  };
}

/** Rows of a list of known length that are read together. */
const PAGE_ROWS = 200;

/** The pages, by number, that have these rows. */
export function toPages(first: number, end: number): number[] {
  const from = Math.floor(first / PAGE_ROWS);
  const to = Math.ceil(end / PAGE_ROWS);
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Drops the pages farthest from the rows that are seen, so that a long scroll does not fill the memory. */
export function keepNear<Page>(pages: ReadonlyMap<number, Page>, first: number, most: number): Map<number, Page> {
  const centre = Math.floor(first / PAGE_ROWS);
  const near = [...pages].sort(([a], [b]) => Math.abs(a - centre) - Math.abs(b - centre));
  return new Map(near.slice(0, most));
}
