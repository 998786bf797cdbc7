import { type ProgressUpdate, progressUpdateSchema } from '@cyberstroll/contracts';
import { WebSocket } from 'ws';

export interface Frame {
  update: ProgressUpdate;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** A subscriber to one task's progress that keeps every frame. */
export interface ProgressWatch {
  readonly frames: readonly Frame[];
  /**
   * Resolves with the first frame, kept or to come, that `accept` is true for; rejects when the socket closes first.
   */
  waitFor(accept: (update: ProgressUpdate) => boolean, timeoutMs?: number): Promise<Frame>;
  close(): void;
}

/** Resolves when connected. A frame that is not of the contract's shape fails every wait. */
export async function watchProgress(url: string, authorization: string): Promise<ProgressWatch> {
  const frames: Frame[] = [];
  const looks = new Set<() => void>();
  let broken: Error | undefined;
  const socket = new WebSocket(url, { headers: { authorization } });

  function lookAll() {
    for (const look of looks) look();
  }
  socket.on('message', (data) => {
    const receivedAt = Date.now();
    try {
      frames.push({ update: progressUpdateSchema.strict().parse(JSON.parse(data.toString())), receivedAt });
    } catch (error) {
      broken ??= error as Error;
    }
    lookAll();
  });
  socket.on('close', (code) => {
    broken ??= new Error(`the WebSocket was closed (${code})`);
    lookAll();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => undefined);

  return {
    frames,
    waitFor(accept, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const last = () => JSON.stringify(frames.at(-1)?.update);
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
    close: () => socket.terminate(),
  };
}
