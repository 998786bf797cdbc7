import { randomUUID } from 'node:crypto';
import { createSharedCall, type OutageLog, within } from '@cyberstroll/runtime';
import type { Subscriptions } from '../subscriptions';
import { toUnavailable } from './redis-fault';

const INTERVAL_MS = 2_000;
/** The same while nobody uses Redis. */
const IDLE_MS = 10_000;
/** Of the time that a command may take. */
const HEARING_SHARE = 0.7;
const LINK = 'use';

/**
 * A write and a message of our own through both connections, every two seconds, or every ten while nobody uses Redis.
 * It finds faults of an
 * open connection: a server that accepts no writes any more, a missing right, and a subscriber that gets no messages,
 * because its server is no longer the master or has lost the others. A subscriber that misses two messages in a row is
 * connected again.
 */
export function createPulse(deps: {
  /** Sets the value, publishes `text`. */
  beat: (text: string) => Promise<unknown>;
  subscriptions: Pick<Subscriptions<unknown>, 'confirm' | 'hear' | 'reconnect'>;
  /** Whether somebody subscribes, or published recently. */
  isInUse: () => boolean;
  outages: OutageLog;
  commandTimeoutMs: number;
}) {
  const { beat, subscriptions, isInUse, outages, commandTimeoutMs } = deps;
  let timer: NodeJS.Timeout | undefined;
  let missed = 0;
  let hasFailed = false;
  let isWell = false;
  let ticksLeft = 0;

  const check = createSharedCall(() =>
    checkOnce().then(
      () => {
        isWell = true;
      },
      (error: unknown) => {
        isWell = false;
        throw error;
      },
    ),
  );

  async function checkOnce(): Promise<void> {
    const fault = await subscriptions.confirm().catch((error: Error) => error);
    const text = randomUUID();
    const heard = subscriptions.hear(text);
    // A refused write comes before the subscriber's fault: it explains more.
    await beat(text);
    if (fault) throw fault;
    try {
      await within(heard, HEARING_SHARE * commandTimeoutMs, () => new Error('a published message did not arrive'));
      missed = 0;
    } catch (error) {
      missed += 1;
      if (missed % 2 === 0) subscriptions.reconnect();
      throw error;
    }
  }

  function noteFailure(error: Error): void {
    hasFailed = true;
    outages.down(LINK, toUnavailable(error));
  }

  return {
    start(): void {
      timer = setInterval(async () => {
        ticksLeft -= 1;
        if (ticksLeft > 0 && !isInUse()) return;
        ticksLeft = IDLE_MS / INTERVAL_MS;
        const failedBefore = hasFailed;
        hasFailed = false;
        await check().then(
          () => !failedBefore && !hasFailed && outages.up(LINK),
          (error: Error) => outages.down(LINK, toUnavailable(error)),
        );
      }, INTERVAL_MS);
    },
    stop: (): void => clearInterval(timer),
    /**
     * Writes a value, publishes a message and waits for it on the subscriber. Rejects with what fails, within two
     * seconds.
     */
    check,
    /** Whether the last check passed. False until the first one. */
    isWell: (): boolean => isWell,
    /** A publish failed. The outage log shows it until a whole interval passes without a failure. */
    noteFailure,
  };
}
