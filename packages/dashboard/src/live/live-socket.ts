import { isVisible } from '../app/clock';
import { toWait } from './backoff';
import { track } from './freshness';

/** The server says so often that the connection lives, in milliseconds. */
const ALIVE_EVERY = 2_000;
/** A connection that is silent for this many milliseconds is given up. */
const SILENT_AFTER = 3 * ALIVE_EVERY;

export interface LiveSocketEvents {
  /** A text frame, parsed. */
  onMessage?: (message: Record<string, unknown>) => void;
  /** A binary frame. */
  onBytes?: (bytes: ArrayBuffer) => void;
}

export interface LiveSocket {
  close(): void;
  /** Connects again: what is shown may have gaps. */
  reconnect(): void;
}

/**
 * A WebSocket of the page's own origin, opened again with longer and longer waits when it ends. It is closed while the
 * page cannot be seen. The server sends `{"type":"alive"}` so that silence is noticed.
 */
export function openLiveSocket(path: string, { onMessage, onBytes }: LiveSocketEvents): LiveSocket {
  const url = `${location.origin.replace(/^http/, 'ws')}${path}?alive=true`;
  const freshness = track(ALIVE_EVERY);
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function connect(): void {
    clearTimeout(timer);
    drop();
    const opened = new WebSocket(url);
    opened.binaryType = 'arraybuffer';
    socket = opened;
    opened.addEventListener('open', hear);
    opened.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      failures = 0;
      hear();
      if (typeof data !== 'string') return onBytes?.(data);
      const message = JSON.parse(data) as Record<string, unknown>;
      if (message['type'] !== 'alive') onMessage?.(message);
    });
    opened.addEventListener('close', () => {
      if (socket !== opened) return;
      drop();
      failures += 1;
      if (isVisible.value) timer = setTimeout(connect, toWait(failures, Math.random()));
    });
  }

  function hear(): void {
    freshness.heard();
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), SILENT_AFTER);
  }

  function drop(): void {
    clearTimeout(silence);
    const old = socket;
    socket = undefined;
    old?.close();
  }

  const stopWatching = isVisible.subscribe((visible) => {
    if (visible) connect();
    else {
      clearTimeout(timer);
      drop();
    }
  });
  return {
    reconnect: connect,
    close() {
      stopWatching();
      clearTimeout(timer);
      drop();
      freshness.stop();
    },
  };
}
