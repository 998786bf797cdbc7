import { toPrintable } from '../printable';
import { renderProgress } from '../text/progress-bar';
import { isEnded, type WatchUpdate } from '../watch-update';

/** A stream to show progress on, as `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const ERASE_LINE = '\r\u001b[2K';

/**
 * Progress on a stream: on a terminal a bar that is redrawn, elsewhere at most a line a second; changes of status at
 * once.
 */
export function createProgressView(stream: ProgressStream, { color = false } = {}) {
  const intervalMs = stream.isTTY ? 100 : 1_000;
  let waiting: WatchUpdate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shown: WatchUpdate | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;

  function draw(update: WatchUpdate): void {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
    shown = update;
    shownAt = performance.now();
    if (stream.isTTY) stream.write(ERASE_LINE + renderProgress(update, { columns: stream.columns ?? 80, color }));
    else stream.write(`${renderProgress(update)}\n`);
  }

  return {
    show(update: WatchUpdate) {
      const dueInMs = shownAt + intervalMs - performance.now();
      if (dueInMs <= 0 || update.status !== shown?.status || isEnded(update)) return draw(update);
      waiting = update;
      timer ??= setTimeout(() => waiting && draw(waiting), dueInMs);
    },
    /** A line of its own, above the bar. */
    notice(text: string): void {
      stream.write(`${stream.isTTY ? ERASE_LINE : ''}${toPrintable(text)}\n`);
      if (stream.isTTY && shown) draw(waiting ?? shown);
    },
    /** Writes what is still unwritten; the bar stays where it is. */
    stop(): void {
      if (waiting) draw(waiting);
      if (stream.isTTY && shown) stream.write('\n');
      shown = undefined;
    },
  };
}
