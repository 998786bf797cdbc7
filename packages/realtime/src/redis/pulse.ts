import { randomUUID } from 'node:crypto';
import { createSharedCall, type OutageLog, within } from '@cyberstroll/runtime';
import type { Subscriptions } from '../subscriptions';
import { toUnavailable } from './redis-fault';

const INTERVAL_MS = 2_000;
const HEARING_MS = 700;
const LINK = 'use';

export interface Pulse {
  start(): void;
  stop(): void;
  /**
   * Writes a value, publishes a message and waits for it on the subscriber. Rejects with what fails, within two
   * seconds.
   */
  check(): Promise<void>;
  /** Something could not be published: in the outage log until a whole interval passes without. */
  noteFailure(error: Error): void;
}

/**
 * A write and a message of our own through both connections, every two seconds. It finds what a living connection
 * hides: a server that takes no writes any more, a right that is missing, and a subscriber that hears nothing, since
 * its server is no longer the master or has lost the others. A subscriber that misses two messages running is connected
 * again.
 */
export function createPulse(deps: {
  /** Sets the value, publishes `text`. */
  beat: (text: string) => Promise<unknown>;
  subscriptions: Pick<Subscriptions<unknown>, 'confirm' | 'hear' | 'reconnect'>;
  outages: OutageLog;
}): Pulse {
  const { beat, subscriptions, outages } = deps;
  let timer: NodeJS.Timeout | undefined;
  let missed = 0;
  let hasFailed = false;

  const check = createSharedCall(async () => {
    const fault = await subscriptions.confirm().catch((error: Error) => error);
    const text = randomUUID();
    const heard = subscriptions.hear(text);
    // Before the subscriber's fault: a write that is refused explains more.
    await beat(text);
    if (fault) throw fault;
    try {
      await within(heard, HEARING_MS, () => new Error('a published message did not arrive'));
      missed = 0;
    } catch (error) {
      missed += 1;
      if (missed % 2 === 0) subscriptions.reconnect();
      throw error;
    }
  });

  function noteFailure(error: Error): void {
    hasFailed = true;
    outages.down(LINK, toUnavailable(error));
  }

  return {
    start() {
      timer = setInterval(async () => {
        const failedBefore = hasFailed;
        hasFailed = false;
        await check().then(
          () => !failedBefore && !hasFailed && outages.up(LINK),
          (error: Error) => outages.down(LINK, toUnavailable(error)),
        );
      }, INTERVAL_MS);
    },
    stop: () => clearInterval(timer),
    check,
    noteFailure,
  };
}
