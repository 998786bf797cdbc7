/**
 * What is declared on each new connection. The exchanges first: every broker node has them, and nothing works without
 * them. Then the queues, each on a channel of its own, and waited for only a moment: a queue that cannot be declared
 * now (its broker nodes are down, or it has other arguments) stops its own users only. Its consumers try to
 * declare it until that works. A message published to it comes back as unroutable, and then all is declared again.
 */
import { type QueueSpec, SHARED_QUEUES } from '@cyberstroll/contracts';
import { delay, type Logger } from '@cyberstroll/runtime';
import type { ChannelModel } from 'amqplib';
import { onChannel } from '../connection/on-channel';
import { declareExchanges, declareQueue, expectExchanges } from './topology';

/** RabbitMQ tries for a minute to find a queue whose process has died. */
const WAIT_MS = 2_000;

export interface DeclareOptions {
  /** False: nothing is declared, and the exchanges must be there. */
  declares: boolean;
  jobQueues: () => Iterable<QueueSpec>;
  logger: Logger;
}

/** Rejects where the exchanges are not there. Logs each queue that is not declared within 2 s, and why. */
export function createDeclareOn({
  declares,
  jobQueues,
  logger,
}: DeclareOptions): (model: ChannelModel) => Promise<void> {
  /** By connection, the queues that the broker has not answered about yet. */
  const unanswered = new WeakMap<ChannelModel, Set<string>>();

  async function declareOne(model: ChannelModel, queue: QueueSpec): Promise<void> {
    try {
      await onChannel(model, logger, (channel) => declareQueue(channel, queue));
    } catch (err) {
      // Without a code it is the connection that was lost.
      if ((err as { code?: unknown }).code) logger.warn({ queue: queue.name, err }, 'queue not declared');
    }
  }

  return async (model) => {
    if (!declares) return onChannel(model, logger, expectExchanges);
    await onChannel(model, logger, declareExchanges);
    const waiting = unanswered.get(model) ?? new Set();
    unanswered.set(model, waiting);
    const queues = [...SHARED_QUEUES, ...jobQueues()].filter(({ name }) => !waiting.has(name));
    const answered = queues.map((queue) => {
      waiting.add(queue.name);
      return declareOne(model, queue).finally(() => waiting.delete(queue.name));
    });
    const all = new AbortController();
    void Promise.all(answered).then(() => all.abort());
    await delay(WAIT_MS, all.signal);
    const late = queues.filter(({ name }) => waiting.has(name)).map(({ name }) => name);
    if (late.length > 0) logger.warn({ queues: late }, `not declared within ${WAIT_MS} ms: the broker does not answer`);
  };
}
