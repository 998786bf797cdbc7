import type { QueueSpec } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { BrokerMetrics } from '../broker-metrics';
import type { Publisher } from '../publisher/publisher';
import type { ExclusiveQueue } from '../topology/topology';

export interface ConsumerCoreOptions {
  /** The queue to consume from: a declared one, or one of this process alone on an exchange. */
  queue: QueueSpec | ExclusiveQueue;
  /**
   * Messages held unacked at most. A function is asked every `idleRenewMs`, and the consumer renewed if the answer
   * changed.
   */
  prefetch: number | (() => number);
  /** False: the queue is not declared, and the consumer waits until it is there. Set by the broker. Default: true. */
  declares?: boolean;
  /** Sends the dead letters. */
  publisher: Publisher;
  logger: Logger;
  /**
   * Milliseconds without a message after which the consumer gets a new channel. If still none comes, it gets the next
   * ones after two, four and six times that, and then one after every six. Default: 10,000.
   */
  idleRenewMs?: number;
  /**
   * Milliseconds that the broker may take to close a channel. Then the connection is given up. Default: 10,000.
   */
  answerWithinMs?: number | undefined;
  /**
   * Milliseconds that a message may be held unacked. Then it goes back to the queue, and no message is taken until the
   * consumer can use one: RabbitMQ closes a channel on which a message waits for its ack for longer than
   * `consumer_timeout`. Does not apply to an exclusive queue. Default: five sixths of the broker's `consumerTimeoutMs`,
   * 1,500,000.
   */
  holdMs?: number;
  /**
   * Milliseconds after which the consumer that holds a message of a queue with a single active consumer goes to the end
   * of the line: it may be cut off from what the others reach. Checked every `idleRenewMs`. Default: 10,000.
   */
  standByAfterMs?: number;
  /**
   * Milliseconds that `stop` waits for the messages that are being handled, so that they are not delivered once more;
   * the rest goes back to the queue. Default: 5,000.
   */
  finishWithinMs?: number;
  /**
   * True: the handler also gets messages that are too large or not JSON, without `body`. Default: false, they are
   * dead-lettered.
   */
  anyBody?: boolean;
  /**
   * True: the handler also gets JSON that is nested too deeply, and refuses the parts that are. Default: false, it is
   * dead-lettered.
   */
  anyDepth?: boolean;
  /** True: the dead letters of one sender with one reason become one, with a count. Default: false. */
  foldDeadLetters?: boolean;
  /**
   * Called with true when messages begin to arrive, and with false when they stop: the channel is lost (an exclusive
   * queue with it), or the queue was deleted. Default: not called.
   */
  onListening?: (isListening: boolean) => void;
  /** Counts the verdicts. Set by the broker. Default: none. */
  observer?: Pick<BrokerMetrics, 'countVerdict'> | undefined;
}

export const FINISH_WITHIN_MS = 5_000;
/**
 * RabbitMQ (seen with 3.10 and quorum queues) cancels the consumers of a deleted queue, but not where the queue is
 * declared again within moments, as other processes of ours do: then it counts them as consumers, hands them messages,
 * and nothing of that arrives. Only a new channel helps, and gives the messages back.
 */
export const IDLE_RENEW_MS = 10_000;
export const STAND_BY_AFTER_MS = 10_000;
/** `consumer_timeout` of RabbitMQ is 30 min by default; RabbitMQ checks it every minute. */
export const CONSUMER_TIMEOUT_MS = 1_800_000;
/** 25 min of the 30. */
export const toHoldMs = (consumerTimeoutMs: number): number => (consumerTimeoutMs * 5) / 6;
