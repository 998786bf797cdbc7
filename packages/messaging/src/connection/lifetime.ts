import { delay, type Logger } from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';

const CLOSE_TIMEOUT_MS = 2_000;

export interface Lifetime {
  /**
   * Resolves when it is closed, whoever closed it, or our own close was not answered; with the reason where it was not
   * us. Never rejects.
   */
  closed: Promise<Error | undefined>;
  /** Closes it; returns when it is closed, or false after `withinMs` (2 s). May be called twice. */
  close(withinMs?: number): Promise<boolean>;
}

/**
 * Takes care of every event of a connection or channel that would otherwise throw. It waits for the 'close' event,
 * since amqplib's own close() never settles when the socket dies before the broker's answer.
 */
export function watchLifetime(subject: Channel | ChannelModel, logger: Logger): Lifetime {
  let reason: Error | undefined;
  subject.on('error', (error: Error) => {
    reason ??= error;
  });
  subject.on('handler-error', (err: Error, event: string) => logger.error({ err, event }, 'amqp listener failed'));
  let end: (reason: Error | undefined) => void;
  const closed = new Promise<Error | undefined>((resolve) => {
    end = resolve;
    subject.once('close', (error?: Error) => resolve(reason ?? error));
  });
  return {
    closed,
    async close(withinMs = CLOSE_TIMEOUT_MS) {
      subject.close().catch(() => undefined);
      const waited = new AbortController();
      const isClosed = await Promise.race([closed.then(() => true), delay(withinMs, waited.signal).then(() => false)]);
      waited.abort();
      if (!isClosed) end(new Error(`the broker did not answer a close within ${withinMs} ms`));
      return isClosed;
    },
  };
}
