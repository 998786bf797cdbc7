import { ApiError, unwrap } from '@cyberstroll/client';
import {
  type Change,
  createDriftCheck,
  createGridWindow,
  decodeChanges,
  decodeSnapshot,
  type GridWindow,
  isLikeProgress,
  type Per,
  type Snapshot,
  type SnapshotHeader,
} from '@cyberstroll/grid';
import type { client } from '../../../api/session';
import { type openLiveSocket, toWait } from '../../../live/live-socket';

/** The counts of a progress update. */
type ProgressCounts = Parameters<typeof isLikeProgress>[1];

export interface GridView {
  per: Per;
  /** The number of the first cell. */
  from: number;
}

export interface GridFault {
  error: unknown;
  /** When it is tried again, in milliseconds of the browser's clock. Undefined: not until the server says so. */
  againAt: number | undefined;
}

export interface GridEvents {
  /** Where the cells are is known, for the first time or since the task has other targets. None is read yet. */
  onWindow: (window: GridWindow) => void;
  /** These cells of the window changed, or are read. */
  onCells: (cells: readonly number[]) => void;
  /** A read failed; undefined once one has succeeded. */
  onFault: (fault: GridFault | undefined) => void;
}

/** The ways to the server. */
export interface GridLink {
  client: Pick<typeof client, 'GET'>;
  openLiveSocket: typeof openLiveSocket;
}

export interface GridFeed {
  /** The task's progress now: if the sums differ from it for some seconds, the snapshot is read again. */
  compare(progress: ProgressCounts, isEnded: boolean): void;
  close(): void;
}

/** Cells that are read at once. Parts are small: each is there soon, and another viewer's may come between two. */
const BY_ADDRESS: Readonly<Record<Per, number>> = { 1: 4_096, 256: 256, 65536: 1 };
const BY_INDEX: Readonly<Record<Per, number>> = { 1: 8_192, 256: 32_768, 65536: 32_768 };
/** Sums may differ for this many milliseconds after the last progress: it and the changes take different ways. */
const MAY_DIFFER_MS = 5_000;
/** Until a task has ended, sums that differ are read again at most once in this many milliseconds. */
const READ_SUMS_EVERY_MS = 60_000;
/** The first wait after a fault is as long as the third of a WebSocket: one or two seconds. */
const FAILURES_AHEAD = 2;
/** While the WebSocket is silent the snapshot is read again after this many milliseconds. */
const POLL_EVERY_MS = 15_000;

/**
 * The cells of a task, live: a snapshot in parts, and changes by the WebSocket. The snapshot is read once changes
 * arrive (the server says `reload`), so none is missed: what came before a part was read is in it. A gap (the server
 * says `reload` again, the sums differ from the progress) is closed by another snapshot.
 */
export function openGridFeed(taskId: string, { per, from }: GridView, events: GridEvents, link: GridLink): GridFeed {
  let window: GridWindow | undefined;
  /** What replaces it, once it is read. */
  let next: GridWindow | undefined;
  let check: ReturnType<typeof setTimeout> | undefined;
  let hasDrifted = createDriftCheck();
  let readAt = 0;
  let reading: Promise<void> | undefined;
  let wantsAgain = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const closing = new AbortController();

  /** Resolves when the last of it is read, or refused. */
  function readAll(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    wantsAgain = true;
    reading ??= readWhileWanted().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readWhileWanted(): Promise<void> {
    while (wantsAgain && !closing.signal.aborted) {
      wantsAgain = false;
      readAt = Date.now();
      hasDrifted = createDriftCheck();
      await readParts();
    }
  }

  /** The first snapshot is drawn as its parts come, a later one when it is whole. */
  async function readParts(): Promise<void> {
    const empty = await read({ per, from, cells: 'false' });
    if (!empty) return;
    const made = createGridWindow(empty);
    const total = empty.header.total_targets;
    if (window?.header.total_targets === total) next = made;
    else show(made);
    for (let part = toFirstPart(empty.header); part; ) {
      const found = await read(part);
      if (!found) return;
      if (found.header.total_targets !== total) {
        wantsAgain = true;
        return;
      }
      const cells = made.load(found);
      if (window === made) events.onCells(cells);
      part = toNextPart(part, found.header, empty.header);
    }
    if (window !== made) show(made);
  }

  function show(made: GridWindow): void {
    window = made;
    next = undefined;
    events.onWindow(made);
  }

  /** Tries until there is an answer. Undefined if the API refuses it, or the feed is closed. */
  async function read({ per: addresses, ...part }: Part): Promise<Snapshot | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const bytes = await unwrap(
          link.client.GET('/api/tasks/{task_id}/grid', {
            params: { path: { task_id: taskId }, query: { per: String(addresses) as '1' | '256' | '65536', ...part } },
            parseAs: 'arrayBuffer',
            signal: closing.signal,
          }),
        );
        if (closing.signal.aborted) return undefined;
        events.onFault(undefined);
        return decodeSnapshot(bytes as ArrayBuffer);
      } catch (error) {
        if (closing.signal.aborted) return undefined;
        const waitMs = toWaitMs(error, failures);
        events.onFault({ error, againAt: waitMs === undefined ? undefined : Date.now() + waitMs });
        if (waitMs === undefined) return undefined;
        await new Promise((resolve) => {
          again = setTimeout(resolve, waitMs);
        });
      }
    }
  }

  function apply(changes: readonly Change[]): void {
    next?.apply(changes);
    const cells = window?.apply(changes) ?? [];
    if (cells.length > 0) events.onCells(cells);
  }

  /** The sums of the whole task. A window of it cannot be compared with the task's progress. */
  const findSums = () => {
    if (reading || !window) return undefined;
    return window.readShare === 1 && isWhole(window.header) ? window.counts : undefined;
  };

  const socket = link.openLiveSocket(`/ws/tasks/${taskId}/grid`, {
    onBytes: (bytes) => apply(decodeChanges(bytes)),
    poll: readAll,
    pollEvery: POLL_EVERY_MS,
    onMessage({ type, spread_ms }) {
      if (type === 'reload') {
        clearTimeout(timer);
        timer = setTimeout(() => void readAll(), Math.random() * (Number(spread_ms) || 0));
      }
      // No change comes: what there is is shown.
      if (type === 'away' && !window) void readAll();
    },
  });

  return {
    compare(progress, isEnded) {
      clearTimeout(check);
      const mayReadIn = isEnded ? 0 : readAt + READ_SUMS_EVERY_MS - Date.now();
      const sums = findSums();
      if (sums && hasDrifted(sums, progress, Date.now()) && mayReadIn <= 0) void readAll();
      // Not by the next progress: this may be the last one.
      check = setTimeout(
        async () => {
          await reading;
          const last = findSums();
          if (last && !isLikeProgress(last, progress, isEnded)) void readAll();
        },
        Math.max(MAY_DIFFER_MS, mayReadIn),
      );
    },
    close() {
      closing.abort();
      clearTimeout(timer);
      clearTimeout(again);
      clearTimeout(check);
      socket.close();
    },
  };
}

/** What one read asks for. */
interface Part {
  per: Per;
  from: number;
  count?: number;
  cells?: 'false';
  by?: 'index';
}

const isWhole = ({ count, total_cells: total }: SnapshotHeader) => count === total;

/**
 * All of a task is read by index: in the order in which the database has it. Of a few of its addresses, which may lie
 * all over the indexes, each is looked up.
 */
function toFirstPart(header: SnapshotHeader): Part | undefined {
  const { per, from, count } = header;
  if (count === 0) return undefined;
  if (isWhole(header)) return { per: 1, by: 'index', from: 0, count: BY_INDEX[per] };
  return { per, from, count: Math.min(BY_ADDRESS[per], count) };
}

function toNextPart(part: Part, found: SnapshotHeader, { from, count }: SnapshotHeader): Part | undefined {
  if (part.by === 'index') return found.next === undefined ? undefined : { ...part, from: found.next };
  const first = found.from + found.count;
  if (found.count === 0 || first >= from + count) return undefined;
  return { ...part, from: first, count: Math.min(found.count, from + count - first) };
}

/** Milliseconds until the next try; undefined where the same request is refused again. */
function toWaitMs(error: unknown, failures: number): number | undefined {
  const refusal = error instanceof ApiError ? error : undefined;
  if (refusal && refusal.status < 500 && refusal.status !== 429) return undefined;
  return Math.max((refusal?.retry_after ?? 0) * 1_000, toWait(failures + FAILURES_AHEAD, Math.random()));
}
