import type { BenchApi } from './api';
import { openOwnNode } from './own-node';

/** Names that the envelopes bear. */
const NODES = 1_000;
/** Envelopes that wait for their confirm at once. */
const UNCONFIRMED = 1_000;

/**
 * Thin traffic: a large fleet whose nodes send one update per envelope. Updates per second, from the first publish to
 * the WebSocket frame that counts the last one.
 */
export async function measureThin(
  stack: { rabbitmq_url: string; mongodb_uri: string },
  api: BenchApi,
  total: number,
): Promise<number> {
  const node = await openOwnNode(stack, api, { total, pool: 'bench-thin' });
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await api.watch(node.task_id, ({ counts }) => counts.completed_count === total && finish());
  const begin = performance.now();
  let next = 0;
  const publish = async () => {
    while (next < total) {
      const index = next++;
      await node.complete([index], `bench-node-${index % NODES}`);
    }
  };
  await Promise.all(Array.from({ length: UNCONFIRMED }, publish));
  await finished;
  const seconds = (performance.now() - begin) / 1_000;
  watching.close();
  await node.close();
  return total / seconds;
}
