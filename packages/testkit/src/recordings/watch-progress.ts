import { type ProgressUpdate, progressUpdateSchema } from '@cyberstroll/contracts';
import { WebSocket } from 'ws';

interface ReceivedFrame {
  update: ProgressUpdate;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** A subscriber to the progress of one task or of all that keeps every frame. */
export type ProgressWatch = Awaited<ReturnType<typeof watchProgress>>;

export interface ProgressWatchOptions {
  /** API key, sent as a bearer token. */
  key?: string | undefined;
  headers?: Record<string, string>;
  /** With its question mark. */
  query?: string;
}

/**
 * Resolves when connected to progress-pusher at `server` (`ws://host:port`), to all tasks without a `taskId`; rejects
 * with `HTTP <status> <code>` where
 * it refuses. A frame that is not of the contract's shape ends the connection and fails every wait.
 */
export async function watchProgress(
  server: string,
  taskId: string | undefined,
  { key, headers = {}, query = '' }: ProgressWatchOptions,
) {
  const frames: ReceivedFrame[] = [];
  const updates: ProgressUpdate[] = [];
  const looks = new Set<() => void>();
  let broken: Error | undefined;
  const socket = new WebSocket(`${server}/ws/tasks${taskId === undefined ? '' : `/${taskId}`}/progress${query}`, {
    headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers },
  });

  function lookAll() {
    for (const look of looks) look();
  }
  socket.on('message', (data) => {
    const receivedAt = Date.now();
    try {
      const message = JSON.parse(data.toString());
      for (const one of taskId === undefined ? (message as unknown[]) : [message]) {
        const update = progressUpdateSchema.strict().parse(one);
        frames.push({ update, receivedAt });
        updates.push(update);
      }
    } catch (error) {
      broken ??= error as Error;
      socket.terminate();
    }
    lookAll();
  });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      broken ??= new Error(`the WebSocket was closed (${code})`);
      lookAll();
      resolve(code);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => reject(new Error(`HTTP ${response.statusCode} ${JSON.parse(body).code}`)));
    });
  });
  socket.on('error', () => undefined);

  return {
    /** The client's end, for a test that pauses or breaks it. */
    socket,
    frames,
    /** What the frames say, in the same order. */
    updates,
    /** Resolves with the close code. */
    closed,
    /**
     * Resolves with the first frame, kept or to come, that `accept` is true for; rejects when the socket closes first,
     * or after `timeoutMs` (default 120 s).
     */
    waitFor(accept: (update: ProgressUpdate) => boolean, timeoutMs = 120_000): Promise<ReceivedFrame> {
      return new Promise((resolve, reject) => {
        const last = () => JSON.stringify(updates.at(-1));
        const timer = setTimeout(() => end(() => reject(new Error(`no such frame; the last: ${last()}`))), timeoutMs);
        function end(settle: () => void) {
          clearTimeout(timer);
          looks.delete(look);
          settle();
        }
        function look() {
          const frame = frames.find(({ update }) => accept(update));
          if (frame) end(() => resolve(frame));
          else if (broken) end(() => reject(broken));
        }
        looks.add(look);
        look();
      });
    },
    close: (): void => socket.terminate(),
  };
}
