import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type ProgressWatch, watchProgress } from '@cyberstroll/testkit';
import type { Ledger } from './ledger';

/** A subscriber that connects again, to the next replica, whenever it is cut off. Its frames go to the ledger. */
export interface Follower {
  /**
   * The present connection, when it has seen the status or the time is over; undefined where there is no connection.
   */
  waitForStatus(status: string, timeoutMs: number): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Longer than any run. */
const UNTIL_CLOSED_MS = 2 ** 31 - 1;

export function createFollower(
  taskId: string,
  { urls, key, ledger }: { urls: readonly string[]; key: string; ledger: Ledger },
): Follower {
  let watch: ProgressWatch | undefined;
  let connection: string | undefined;
  let tries = 0;
  let stopped = false;

  async function follow() {
    while (!stopped) {
      tries += 1;
      try {
        watch = await watchProgress(urls[tries % urls.length]!, taskId, { key });
      } catch {
        await delay(200);
        continue;
      }
      connection = `${taskId}#${tries}`;
      // Ends when the socket does.
      if (!stopped) await watch.waitFor(() => false, UNTIL_CLOSED_MS).catch(() => undefined);
      for (const { update, receivedAt } of watch.frames) {
        const subscriber = `${taskId}#`;
        ledger.write({ kind: 'frame', subscriber, connection, update, received_at: receivedAt });
      }
      connection = undefined;
    }
  }
  const following = follow();

  return {
    waitForStatus: (status, timeoutMs) =>
      eventually(() => connection !== undefined && watch!.frames.some(({ update }) => update.status === status), {
        timeoutMs,
        intervalMs: 50,
      }).then(
        () => connection,
        () => connection,
      ),
    async stop() {
      stopped = true;
      watch?.close();
      await following;
    },
  };
}
