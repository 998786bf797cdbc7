import { unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { client } from '../../api/session';
import { createDiffRows, type DiffRows, readLines } from './diff-rows';

/** Rows are shown together, once in this many milliseconds. */
const SHOW_EVERY = 250;

export interface Diff {
  read: DiffRows;
  isReading: boolean;
  /** What ended the stream before its end. */
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
          params: {
            path: { task_id: before, other_id: after },
            query: { not_scanned: 'true' },
          },
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
