import { type ProgressUpdate, progressUpdateSchema } from '@cyberstroll/contracts';
import { backoffMs } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';

export interface ProgressSocketOptions {
  url: string;
  headers: Record<string, string>;
  onUpdate: (update: ProgressUpdate) => void;
  /** The first wait before a reconnect and the longest, in milliseconds. */
  backoff: { baseMs: number; capMs: number };
}

const MAX_FRAME_BYTES = 64 * 1024;
/** Servers ping. A connection without anything for this many milliseconds is dead, even if TCP does not show it. */
const SILENCE_MS = 60_000;

/**
 * A task's progress WebSocket that reconnects, with backoff, until closed. Frames that are no progress update are
 * ignored.
 */
export function openProgressSocket({ url, headers, onUpdate, backoff }: ProgressSocketOptions) {
  let closed = false;
  let live = false;
  let failures = 0;
  let socket: WebSocket;
  let reconnect: NodeJS.Timeout | undefined;

  function connect(): void {
    const current = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: 10_000,
      maxPayload: MAX_FRAME_BYTES,
    });
    socket = current;
    const silence = setTimeout(() => current.terminate(), SILENCE_MS);
    current.on('open', () => silence.refresh());
    current.on('ping', () => silence.refresh());
    current.on('message', (frame, isBinary) => {
      silence.refresh();
      const update = isBinary ? undefined : parseUpdate(String(frame));
      if (!update || closed) return;
      live = true;
      failures = 0;
      onUpdate(update);
    });
    current.on('error', () => {}); // 'close' follows
    current.on('close', () => {
      clearTimeout(silence);
      live = false;
      if (closed) return;
      failures++;
      // Half of the wait is fixed: full jitter alone may hammer a server that closes at once.
      const waitMs = backoff.baseMs / 2 + backoffMs(failures, backoff, Math.random());
      reconnect = setTimeout(connect, waitMs);
    });
  }

  connect();
  return {
    /** Whether updates arrive: a connection is open and has delivered one. */
    isLive: () => live,
    close(): void {
      closed = true;
      clearTimeout(reconnect);
      socket.terminate();
    },
  };
}

function parseUpdate(text: string): ProgressUpdate | undefined {
  try {
    return progressUpdateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
