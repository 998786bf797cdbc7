import { delay } from '@cyberstroll/runtime';
import type { BenchApi } from './api';
import { openOwnNode } from './own-node';

export interface LatencyFigures {
  p50: number;
  p99: number;
}

/** A node's flush interval. */
const FLUSH_MS = 50;

/**
 * Milliseconds from a node's publish of an update to the WebSocket frame that counts it, at `rate` updates a second. A
 * node of our own sends the updates. Updates are counted in the order in which they were sent, so a frame with the
 * count `c` covers the first `c` updates.
 */
export async function measureLatency(
  stack: { rabbitmq_url: string; mongodb_uri: string },
  api: BenchApi,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<LatencyFigures> {
  const total = rate * seconds;
  const node = await openOwnNode(stack, api, { total, pool: 'bench-latency' });
  const sentAt: number[] = [];
  const latencies: number[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await api.watch(node.task_id, ({ counts }) => {
    const now = performance.now();
    while (latencies.length < Math.min(counts.completed_count, sentAt.length))
      latencies.push(now - sentAt[latencies.length]!);
    if (counts.completed_count === total) finish();
  });

  const begin = performance.now();
  while (sentAt.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * rate) / 1_000));
    const indexes = Array.from({ length: due - sentAt.length }, (_, i) => sentAt.length + i);
    if (indexes.length > 0) {
      for (const _ of indexes) sentAt.push(performance.now());
      void node.complete(indexes);
    }
    await delay(FLUSH_MS);
  }
  await finished;
  watching.close();
  await node.close();
  return toQuantiles(latencies);
}

export function toQuantiles(values: readonly number[]): LatencyFigures {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (q: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!);
  return { p50: quantile(0.5), p99: quantile(0.99) };
}
