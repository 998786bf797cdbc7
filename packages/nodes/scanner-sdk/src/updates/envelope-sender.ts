import {
  EXCHANGES,
  MAX_UPDATES_PER_ENVELOPE,
  QUEUES,
  type SubTaskUpdate,
  type UpdateEnvelope,
} from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import type { Logger } from '@cyberstroll/runtime';
import { isoNow } from '../iso-now';
import { createWakeSignal, type Receipt } from '../signals';
import { UpdateBuffer } from './update-buffer';

const MAX_ENVELOPE_BYTES = 1_000_000;
const RETRY_AFTER_MS = 250;
/** Traffic is thin if the last sending had fewer updates than this. Then an update for which no job waits … */
const THIN_UPDATES = 4;
/** … waits this many times as long, so that a thousand slow nodes send fewer envelopes. */
const THIN_FACTOR = 4;

/**
 * Sends the buffered updates as envelopes: every `flushMs`, and at once when the node has nothing left to do, because
 * no newer update can then replace one. A full envelope is not sent early: a claim that ends within `flushMs` costs one
 * update. While traffic is thin, starts and results wait longer; a claim never does, since the ack of its job waits for
 * it. Updates that the publisher refuses stay in the buffer.
 */
export function createEnvelopeSender({
  publisher,
  sender,
  flushMs,
  isIdle,
  findTraces,
  onDrained,
  logger,
}: {
  publisher: Publisher;
  sender: { node_id: string; instance_id: string };
  flushMs: number;
  isIdle: () => boolean;
  /** The field `traces` of an envelope with these updates. */
  findTraces: (updates: readonly SubTaskUpdate[]) => UpdateEnvelope['traces'];
  /** Called when an overload has ended. */
  onDrained: () => void;
  logger: Logger;
}) {
  const buffer = new UpdateBuffer();
  const confirmed = createWakeSignal();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let isThin = false;
  let immediate: NodeJS.Immediate | undefined;
  let overloaded = false;
  let closed = false;

  function send() {
    clearTimeout(timer);
    clearImmediate(immediate);
    timer = immediate = undefined;
    dueAt = Number.POSITIVE_INFINITY;
    isThin = buffer.readyCount < THIN_UPDATES;
    while (!overloaded && !closed && buffer.readyCount > 0) sendEnvelope();
  }

  function sendEnvelope() {
    const entries = buffer.take(MAX_UPDATES_PER_ENVELOPE, MAX_ENVELOPE_BYTES);
    const updates = entries.map(({ update }) => update);
    const traces = findTraces(updates);
    const envelope: UpdateEnvelope = {
      ...sender,
      sent_time: isoNow(),
      ...(traces && { traces }),
      updates,
    };
    publisher.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, envelope).then(
      () => {
        buffer.confirm(entries);
        confirmed.wake();
        schedule();
      },
      (err: unknown) => {
        buffer.restore(entries);
        if (!overloaded && !closed) pause(err);
      },
    );
  }

  function pause(err: unknown) {
    overloaded = true;
    logger.warn({ err, unconfirmed: buffer.size }, 'updates wait: the publisher refuses them');
    setTimeout(() => {
      overloaded = false;
      send();
      if (!overloaded) onDrained();
    }, RETRY_AFTER_MS).unref();
  }

  function schedule(isAwaited = true) {
    if (overloaded || buffer.readyCount === 0) return;
    if (isIdle()) {
      immediate ??= setImmediate(send);
      return;
    }
    const waitMs = isThin && !isAwaited ? THIN_FACTOR * flushMs : flushMs;
    const at = performance.now() + waitMs;
    if (at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(send, waitMs);
  }

  return {
    /** Queues an update. `receipt` is confirmed when the broker has this update or a newer one of the same claim. */
    report(update: SubTaskUpdate, receipt?: Receipt): void {
      buffer.add(update, receipt);
      schedule(receipt !== undefined);
    },
    /** True while the publisher refuses messages: the node should claim nothing new. */
    isOverloaded: (): boolean => overloaded,
    /** The newest update of each claim that has an unconfirmed one. */
    unconfirmed: (): Iterable<SubTaskUpdate> => buffer.unconfirmed(),
    unconfirmedCount: (): number => buffer.size,
    /** Sends what is left at once. Resolves when all is confirmed or `signal` aborts; nothing is sent afterwards. */
    async finish(signal: AbortSignal): Promise<void> {
      send();
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      while (!buffer.isEmpty && !signal.aborted) {
        await Promise.race([confirmed.wait(), aborted]);
        send();
      }
      closed = true;
    },
  };
}
