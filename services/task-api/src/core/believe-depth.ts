/**
 * RabbitMQ answers 0 for a quorum queue whose leader does not answer it in time. So a 0 right after a depth above `limit` counts only
 * where it is seen a second time.
 */
export function createDepthReading(limit: number): (depth: number) => number {
  let believed = 0;
  let isDoubted = false;
  return (depth) => {
    isDoubted = depth === 0 && believed > limit && !isDoubted;
    if (!isDoubted) believed = depth;
    return believed;
  };
}
