import { unwrap } from '@cyberstroll/client';
import {
  type Change,
  createGridWindow,
  decodeChanges,
  decodeSnapshot,
  type GridWindow,
  isLikeProgress,
  type Per,
  type Snapshot,
} from '@cyberstroll/grid';
import { client } from '../../../app/session';
import { openLiveSocket } from '../../../live/live-socket';

/** The counts of a progress update. */
type ProgressCounts = Parameters<typeof isLikeProgress>[1];

export interface GridView {
  per: Per;
  /** The number of the first cell. */
  from: number;
}

export interface GridEvents {
  /** All cells are there for the first time, or were replaced. `window` is undefined where cells are blocks. */
  onSnapshot: (snapshot: Snapshot, window: GridWindow | undefined) => void;
  /** These cells of the window changed. */
  onCells: (cells: readonly number[]) => void;
  onFault: (error: unknown) => void;
}

export interface GridFeed {
  /** The task's progress now: if the sums differ for some seconds, the snapshot is read again. */
  compare(progress: ProgressCounts, isEnded: boolean): void;
  close(): void;
}

/** Sums may differ for this many milliseconds: progress and changes take different ways. */
const MAY_DIFFER_MS = 5_000;
/** Blocks do not say which of their addresses changed: they are read again this many milliseconds after a change. */
const BLOCKS_EVERY_MS = 10_000;
/** Between two reads of the snapshot after a fault, in milliseconds. */
const READ_AGAIN_MS = 3_000;

/**
 * The cells of a task, live: one snapshot, and then changes by the WebSocket. The WebSocket is opened first, and
 * changes wait for the snapshot, so none is missed. A gap (the connection was lost, the server says `reload`, the sums
 * differ from the progress) is closed by another snapshot.
 */
export function openGridFeed(taskId: string, { per, from }: GridView, events: GridEvents): GridFeed {
  let window: GridWindow | undefined;
  let shown: Snapshot | undefined;
  let waiting: Change[] = [];
  let latest: { progress: ProgressCounts; isEnded: boolean } | undefined;
  let check: ReturnType<typeof setTimeout> | undefined;
  let reading = false;
  let wantsAgain = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const closing = new AbortController();

  async function readSnapshot(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (reading) {
      wantsAgain = true;
      return;
    }
    reading = true;
    wantsAgain = false;
    try {
      const bytes = await unwrap(
        client.GET('/api/tasks/{task_id}/grid', {
          params: { path: { task_id: taskId }, query: { per: String(per) as '1' | '256' | '65536', from } },
          parseAs: 'arrayBuffer',
          signal: closing.signal,
        }),
      );
      if (!closing.signal.aborted) take(decodeSnapshot(bytes as ArrayBuffer));
    } catch (error) {
      if (!closing.signal.aborted) {
        events.onFault(error);
        timer = setTimeout(() => void readSnapshot(), READ_AGAIN_MS);
      }
    }
    reading = false;
    if (wantsAgain && !closing.signal.aborted) void readSnapshot();
  }

  function take(snapshot: Snapshot): void {
    const isSame = window && shown?.header.total_targets === snapshot.header.total_targets;
    shown = snapshot;
    if (per !== 1) {
      events.onSnapshot(snapshot, undefined);
      return;
    }
    if (window && isSame) events.onCells(toCells(window.load(snapshot)));
    else {
      window = createGridWindow(snapshot);
      events.onSnapshot(snapshot, window);
    }
    const changes = waiting;
    waiting = [];
    apply(changes);
  }

  function apply(changes: readonly Change[]): void {
    if (per !== 1) {
      if (changes.length > 0) timer ??= setTimeout(() => void readSnapshot(), BLOCKS_EVERY_MS);
      return;
    }
    if (!window) {
      waiting.push(...changes);
      return;
    }
    const cells = toCells(window.apply(changes));
    if (cells.length > 0) events.onCells(cells);
  }

  /** The sums are those of the whole task: a window of it has others. */
  function differs(): boolean {
    if (!window || !shown || !latest || shown.header.count < shown.header.total_targets) return false;
    return !isLikeProgress(window.counts, latest.progress, latest.isEnded);
  }

  const toCells = (positions: readonly number[]) => positions.map((at) => at - (shown?.header.position ?? 0));

  const socket = openLiveSocket(`/ws/tasks/${taskId}/grid`, {
    onOpen: () => void readSnapshot(),
    onBytes: (bytes) => apply(decodeChanges(bytes)),
    onMessage: ({ type }) => type === 'reload' && void readSnapshot(),
  });

  return {
    compare(progress, isEnded) {
      latest = { progress, isEnded };
      if (!differs()) {
        clearTimeout(check);
        check = undefined;
        return;
      }
      // Not by the next progress: this may be the last one.
      check ??= setTimeout(() => {
        check = undefined;
        if (differs()) void readSnapshot();
      }, MAY_DIFFER_MS);
    },
    close() {
      closing.abort();
      clearTimeout(timer);
      clearTimeout(check);
      socket.close();
    },
  };
}
