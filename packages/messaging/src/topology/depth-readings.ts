/**
 * What a read of a queue's depth means. RabbitMQ answers 0 messages and 0 consumers for a quorum queue whose leader
 * does not answer it within 250 ms (`rabbit_quorum_queue:stat`, 3.10 to 4.3). A leader that answers also counts the
 * consumers. So 0 and 0 may mean no answer; it means "empty" only for a queue without consumers. There is no cheaper
 * way to know: a second read may fail like the first.
 */
export interface QueueDepth {
  /** Messages ready. Undefined where RabbitMQ may not know: decide nothing on it then. */
  known: number | undefined;
  /**
   * The last depth that was known, for gauges and limits. 0 before the first, and again after 60 s in which every read
   * was answered with 0 and 0: a queue that nobody takes from any more, and that an operator has purged, shows so.
   */
  latest: number;
}

export interface QueueCounts {
  messageCount: number;
  consumerCount: number;
}

const UNKNOWN_FOR_MS = 60_000;

export function createDepthReadings(): (queue: string, counts: QueueCounts, nowMs: number) => QueueDepth {
  const last = new Map<string, { depth: number; unknownSince?: number }>();

  return function read(queue, { messageCount, consumerCount }, nowMs) {
    if (messageCount > 0 || consumerCount > 0) {
      last.set(queue, { depth: messageCount });
      return { known: messageCount, latest: messageCount };
    }
    const { depth, unknownSince = nowMs } = last.get(queue) ?? { depth: 0 };
    const latest = nowMs - unknownSince >= UNKNOWN_FOR_MS ? 0 : depth;
    last.set(queue, { depth: latest, unknownSince });
    return { known: undefined, latest };
  };
}
