import { delay, type Logger } from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';

const CLOSE_TIMEOUT_MS = 2_000;

export interface Watched {
  /** Resolves when it is closed, whoever closed it, with the reason where it was not us. Never rejects. */
  closed: Promise<Error | undefined>;
  /** Closes it; returns when it is closed, or after 2 s. May be called twice. */
  close(): Promise<void>;
}

/**
 * Takes care of every event of a connection or channel that would otherwise throw. It waits for the 'close' event, since
 * amqplib's own close() never settles when the socket dies before the broker's answer.
 */
export function watch(subject: Channel | ChannelModel, logger: Logger): Watched {
  let reason: Error | undefined;
  subject.on('error', (error: Error) => {
    reason ??= error;
  });
  subject.on('handler-error', (err: Error, event: string) => logger.error({ err, event }, 'amqp listener failed'));
  const closed = new Promise<Error | undefined>((resolve) => {
    subject.once('close', (error?: Error) => resolve(reason ?? error));
  });
  return {
    closed,
    async close() {
      subject.close().catch(() => undefined);
      const waited = new AbortController();
      await Promise.race([closed, delay(CLOSE_TIMEOUT_MS, waited.signal)]);
      waited.abort();
    },
  };
}
