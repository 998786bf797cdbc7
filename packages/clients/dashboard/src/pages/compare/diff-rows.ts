import { type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { client } from '../../api/session';

type TaskDiff = operations['diffTasks']['responses'][200]['content']['application/json'];
type HostDifference = TaskDiff['items'][number];
type PortDifference = HostDifference['ports'][number];
type DiffSummary = TaskDiff['summary'];
/** A line of the stream; the last one has the summary. */
type DiffLine = HostDifference | { summary: DiffSummary };

export const CHANGES = ['opened', 'closed', 'service_changed', 'banner_changed', 'not_scanned'] as const;
export type Change = (typeof CHANGES)[number];
export const HOSTS = ['appeared', 'gone', 'changed'] as const;

export interface DiffRow extends PortDifference {
  ip: string;
  host: HostDifference['change'];
}

/** Rows of each kind of change that are kept, so that a long comparison does not fill the memory. */
const MOST_ROWS = 20_000;
const MOST_TEXT = 200;

export interface DiffRows {
  add(line: DiffLine): void;
  /** In the order of addresses; of each kind of change the first ones. */
  readonly rows: readonly DiffRow[];
  readonly ports: Record<Change, number>;
  readonly hosts: Record<HostDifference['change'], number>;
  /** What is open now, and was not scanned before. */
  readonly unscanned: { hosts: number; ports: ReadonlySet<number> };
  /** Undefined before the end. */
  readonly summary: DiffSummary | undefined;
}

export function createDiffRows(most = MOST_ROWS): DiffRows {
  const rows: DiffRow[] = [];
  const ports = { opened: 0, closed: 0, service_changed: 0, banner_changed: 0, not_scanned: 0 };
  const hosts = { appeared: 0, gone: 0, changed: 0, not_scanned: 0 };
  const unscanned = { hosts: 0, ports: new Set<number>() };
  let summary: DiffSummary | undefined;
  return {
    rows,
    ports,
    hosts,
    unscanned,
    get summary() {
      return summary;
    },
    add(line) {
      if ('summary' in line) {
        summary = line.summary;
        return;
      }
      const { ip, change: host } = line;
      hosts[host] += 1;
      const found = line.ports.filter((port) => port.change === 'not_scanned' && port.after !== undefined);
      if (found.length > 0) unscanned.hosts += 1;
      for (const { port } of found) unscanned.ports.add(port);
      for (const { before, after, ...port } of line.ports) {
        ports[port.change] += 1;
        if (ports[port.change] > most) continue;
        rows.push({
          ip,
          host,
          ...port,
          ...(before !== undefined && { before: cut(before) }),
          ...(after !== undefined && { after: cut(after) }),
        });
      }
    },
  };
}

/** Not `slice`, which would keep the whole text in memory. */
const cut = (text: string): string => (text.length > MOST_TEXT ? `${[...text].slice(0, MOST_TEXT).join('')}…` : text);

/** Kinds that have more rows than are kept. */
export const findCut = ({ ports }: Pick<DiffRows, 'ports'>, most = MOST_ROWS): Change[] =>
  CHANGES.filter((change) => ports[change] > most);

/** Which rows are shown: the choices of the address. Of no kind at all means of every kind. */
export interface DiffFilter {
  changes: readonly Change[];
  host: (typeof HOSTS)[number] | undefined;
}

export const readDiffFilter = (address: URLSearchParams): DiffFilter => ({
  changes: CHANGES.filter((change) => address.getAll('change').includes(change)),
  host: HOSTS.find((host) => host === address.get('hosts')),
});

/** Open now, and not known to be open before. */
const isExposure = ({ change, after }: DiffRow): boolean =>
  change === 'opened' || (change === 'not_scanned' && after !== undefined);

/** The rows that are shown, what is newly exposed first. */
export function filterRows(rows: readonly DiffRow[], { changes, host }: DiffFilter): readonly DiffRow[] {
  const shown = rows.filter(
    (row) => (changes.length === 0 || changes.includes(row.change)) && (host === undefined || row.host === host),
  );
  return [...shown.filter(isExposure), ...shown.filter((row) => !isExposure(row))];
}

/** The lines of a stream, as they arrive: all that one piece of it completes. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
    if (rest !== '') yield [rest];
  } finally {
    await reader.cancel();
  }
}

/** Rows are shown together, once in this many milliseconds. */
const SHOW_EVERY = 250;

export interface Diff {
  read: DiffRows;
  isReading: boolean;
  error: unknown;
  /** Changes with what was read. */
  version: number;
  reload: () => void;
}

/** Reads what became of the hosts of one task in another, as the API streams it, with what one of them did not scan. */
export function useDiff(before: string, after: string): Diff {
  const read = useRef(createDiffRows());
  const isReading = useSignal(true);
  const error = useSignal<unknown>(undefined);
  const version = useSignal(0);
  const times = useSignal(0);

  useEffect(() => {
    const stopping = new AbortController();
    const rows = createDiffRows();
    read.current = rows;
    isReading.value = true;
    error.value = undefined;
    version.value += 1;

    async function readAll(): Promise<void> {
      const stream = await unwrap(
        client.GET('/api/tasks/{task_id}/diff/{other_id}', {
          params: { path: { task_id: before, other_id: after }, query: { not_scanned: 'true' } },
          headers: { accept: 'application/x-ndjson' },
          parseAs: 'stream',
          signal: stopping.signal,
        }),
      );
      let shown = 0;
      for await (const lines of readLines(stream as ReadableStream<Uint8Array>)) {
        for (const line of lines) rows.add(JSON.parse(line));
        if (performance.now() - shown < SHOW_EVERY) continue;
        shown = performance.now();
        version.value += 1;
      }
      // A fault of the server ends the stream before its last line.
      if (!rows.summary) throw new TypeError('the stream ended early');
    }

    readAll()
      .catch((reason: unknown) => {
        if (!stopping.signal.aborted) error.value = reason;
      })
      .finally(() => {
        if (stopping.signal.aborted) return;
        isReading.value = false;
        version.value += 1;
      });
    return () => stopping.abort();
  }, [before, after, times.value]);

  return {
    read: read.current,
    isReading: isReading.value,
    error: error.value,
    version: version.value,
    reload: () => {
      times.value += 1;
    },
  };
}
