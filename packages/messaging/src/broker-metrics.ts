import { addGauge, Counter, type Registry } from '@cyberstroll/runtime';
import type { Verdict } from './consumer/delivery';

/** How full a publisher's outbox is now. */
export interface OutboxLevel {
  messages: number;
  bytes: number;
  /** Of the limit that is nearer, in 0..1. */
  ratio: number;
}

export interface BrokerMetrics {
  watchOutbox(read: () => OutboxLevel): void;
  countVerdict(queue: string, verdict: Verdict['kind']): void;
}

/** The metrics of the publishers and consumers of one process. */
export function createBrokerMetrics(registry: Registry): BrokerMetrics {
  const registers = [registry];
  const outboxes: (() => OutboxLevel)[] = [];
  const sum = (pick: 'messages' | 'bytes') => outboxes.reduce((total, read) => total + read()[pick], 0);
  addGauge(registry, 'cyberstroll_outbox_messages', 'Messages that wait for the confirm of RabbitMQ', () =>
    sum('messages'),
  );
  addGauge(registry, 'cyberstroll_outbox_bytes', 'Bytes of the messages that wait for the confirm of RabbitMQ', () =>
    sum('bytes'),
  );
  addGauge(
    registry,
    'cyberstroll_outbox_full_ratio',
    'How full the outbox is, in 0..1; at 1 it refuses more messages',
    () => Math.max(0, ...outboxes.map((read) => read().ratio)),
  );
  const handled = new Counter({
    name: 'cyberstroll_messages_handled_total',
    help: 'Messages by their queue and verdict: done, retry (back to the queue), dead_letter',
    labelNames: ['queue', 'verdict'],
    registers,
  });
  return {
    watchOutbox: (read) => outboxes.push(read),
    countVerdict: (queue, verdict) =>
      handled.inc({ queue, verdict: verdict === 'deadLetter' ? 'dead_letter' : verdict }),
  };
}
