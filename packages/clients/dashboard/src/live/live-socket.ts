import { createFreshness, type Freshness } from '../api/use-data';
import { isVisible } from '../browser/clock';

/** The server says so often that the connection lives, in milliseconds. */
const ALIVE_EVERY = 2_000;
/** After this many milliseconds of silence the page reads by HTTP what the connection does not say. */
const POLL_AFTER = 2 * ALIVE_EVERY;
/** A connection that is silent for this many milliseconds is given up. */
const SILENT_AFTER = 3 * ALIVE_EVERY;
const POLL_EVERY = 2_000;

export interface LiveSocketEvents {
  /** What the path is asked with, besides signs of life. */
  query?: string;
  /** What is said as soon as the connection is open. */
  toGreeting?: () => string;
  onMessage?: (message: Record<string, unknown>) => void;
  onBytes?: (bytes: ArrayBuffer) => void;
  /** Reads the same by HTTP: called while the connection is silent. Once it resolves, what is shown is live. */
  poll?: () => Promise<void>;
  /** Milliseconds between the end of one poll and the next; 2,000 by default. */
  pollEvery?: number;
}

/** How old what a live socket shows is. */
export const createSocketFreshness = (): Freshness => createFreshness(ALIVE_EVERY);

export interface LiveSocket {
  close(): void;
  /** Says this if the connection is open; the greeting does if it is not. */
  send(text: string): void;
  /** Connects again: what is shown may have gaps. */
  reconnect(): void;
}

/**
 * A WebSocket of the page's own origin, opened again with longer and longer waits when it ends. It is closed while the
 * page cannot be seen. The server sends `{"type":"alive"}` so that silence is noticed: then it is polled.
 */
export function openLiveSocket(
  path: string,
  { query, toGreeting, onMessage, onBytes, poll, pollEvery = POLL_EVERY }: LiveSocketEvents,
  freshness: Pick<Freshness, 'hear'> = createSocketFreshness(),
): LiveSocket {
  const url = `${location.origin.replace(/^http/, 'ws')}${path}?alive=true${query ? `&${query}` : ''}`;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let polling: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function connect(): void {
    clearTimeout(timer);
    drop();
    const opened = new WebSocket(url);
    opened.binaryType = 'arraybuffer';
    socket = opened;
    opened.addEventListener('open', () => {
      hear();
      if (toGreeting) opened.send(toGreeting());
    });
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
    freshness.hear();
    pollIn(POLL_AFTER);
    clearTimeout(silence);
    silence = setTimeout(() => socket?.close(), SILENT_AFTER);
  }

  function drop(): void {
    clearTimeout(silence);
    const old = socket;
    socket = undefined;
    old?.close();
  }

  function pollIn(ms: number): void {
    clearTimeout(polling);
    const mine = setTimeout(async () => {
      await poll?.().then(freshness.hear, () => undefined);
      // The connection has not spoken meanwhile.
      if (polling === mine) pollIn(pollEvery);
    }, ms);
    polling = mine;
  }

  function disconnect(): void {
    clearTimeout(timer);
    clearTimeout(polling);
    polling = undefined;
    drop();
  }

  const stopWatching = isVisible.subscribe((visible) => {
    if (!visible) return disconnect();
    connect();
    pollIn(POLL_AFTER);
  });
  return {
    reconnect: connect,
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      stopWatching();
      disconnect();
    },
  };
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;

/** Milliseconds until the next try, by the number of failures in a row. `random` (0 to 1) spreads many browsers. */
export const toWait = (failures: number, random: number): number =>
  Math.min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_WAIT) * (0.5 + random / 2);
