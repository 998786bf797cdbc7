import { unwrap } from '@cyberstroll/client';
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
} from '@cyberstroll/grid';
import type { client } from '../../../app/session';
import type { openLiveSocket } from '../../../live/live-socket';

/** The counts of a progress update. */
type ProgressCounts = Parameters<typeof isLikeProgress>[1];

export interface GridView {
  per: Per;
  /** The number of the first cell. */
  from: number;
}

export interface GridEvents {
  /** All cells are there for the first time, or the task has other targets. */
  onSnapshot: (snapshot: Snapshot, window: GridWindow) => void;
  /** These cells of the window changed. */
  onCells: (cells: readonly number[]) => void;
  onFault: (error: unknown) => void;
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

/** Sums may differ for this many milliseconds after the last progress: it and the changes take different ways. */
const MAY_DIFFER_MS = 5_000;
/** Until a task has ended, sums that differ are read again at most once in this many milliseconds. */
const READ_SUMS_EVERY_MS = 60_000;
/** Between two reads of the snapshot after a fault, in milliseconds. */
const READ_AGAIN_MS = 3_000;
/** The server begins to listen to changes within this many milliseconds, unless RabbitMQ is away. */
const LISTENS_WITHIN_MS = 1_000;

/**
 * The cells of a task, live: one snapshot, and then changes by the WebSocket. The snapshot is read once changes arrive
 * (the server says `reload`), and changes wait for it, so none is missed. A gap (the server says `reload` again, the
 * sums differ from the progress) is closed by another snapshot.
 */
export function openGridFeed(taskId: string, { per, from }: GridView, events: GridEvents, link: GridLink): GridFeed {
  let window: GridWindow | undefined;
  let waiting: Change[] = [];
  let check: ReturnType<typeof setTimeout> | undefined;
  let hasDrifted = createDriftCheck();
  let readAt = 0;
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
    readAt = Date.now();
    hasDrifted = createDriftCheck();
    try {
      const bytes = await unwrap(
        link.client.GET('/api/tasks/{task_id}/grid', {
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
    if (window?.header.total_targets === snapshot.header.total_targets) events.onCells(window.load(snapshot));
    else {
      window = createGridWindow(snapshot);
      events.onSnapshot(snapshot, window);
    }
    const changes = waiting;
    waiting = [];
    apply(changes);
  }

  function apply(changes: readonly Change[]): void {
    if (window) {
      const cells = window.apply(changes);
      if (cells.length > 0) events.onCells(cells);
    } else if (per === 1) waiting.push(...changes);
    // What comes before the first counts of blocks is most likely in them.
  }

  /** The sums of the whole task. A window of it cannot be compared with the task's progress. */
  const findSums = () => (window && window.header.count === window.header.total_cells ? window.counts : undefined);

  const socket = link.openLiveSocket(`/ws/tasks/${taskId}/grid`, {
    onBytes: (bytes) => apply(decodeChanges(bytes)),
    onMessage({ type }) {
      if (type === 'reload') void readSnapshot();
      if (type === 'away') timer ??= setTimeout(() => void readSnapshot(), LISTENS_WITHIN_MS);
    },
  });

  return {
    compare(progress, isEnded) {
      clearTimeout(check);
      const mayReadIn = isEnded ? 0 : readAt + READ_SUMS_EVERY_MS - Date.now();
      const sums = findSums();
      if (sums && hasDrifted(sums, progress, Date.now()) && mayReadIn <= 0) void readSnapshot();
      // Not by the next progress: this may be the last one.
      check = setTimeout(
        () => {
          const last = findSums();
          if (last && !isLikeProgress(last, progress, isEnded)) void readSnapshot();
        },
        Math.max(MAY_DIFFER_MS, mayReadIn),
      );
    },
    close() {
      closing.abort();
      clearTimeout(timer);
      clearTimeout(check);
      socket.close();
    },
  };
}
