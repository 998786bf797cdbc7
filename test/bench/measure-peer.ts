import { Queue, QueueEvents, Worker } from 'bullmq';

/** Jobs that each of the two workers runs at once, and that one bulk call adds. */
const CONCURRENCY = 256;
const BULK = 1_000;

/**
 * The peer: BullMQ on the same Redis, `n` no-op jobs with a result and a progress update each, two workers, and a
 * subscriber of the queue's events. Jobs per second, from the first add to the last completed event.
 */
export async function measurePeer(redisUrl: string, n: number): Promise<number> {
  const { hostname, port, password } = new URL(redisUrl);
  const connection = {
    host: hostname,
    port: Number(port || 6379),
    ...(password && { password: decodeURIComponent(password) }),
  };
  const name = `bench-${process.pid}`;
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection });
  const workers = [1, 2].map(
    () =>
      new Worker(
        name,
        async (job) => {
          await job.updateProgress(100);
          return { open_ports: [], services: [], response_time: 0 };
        },
        { connection, concurrency: CONCURRENCY },
      ),
  );
  try {
    await Promise.all([
      queue.waitUntilReady(),
      events.waitUntilReady(),
      ...workers.map((worker) => worker.waitUntilReady()),
    ]);
    let completed = 0;
    const done = new Promise<void>((resolve) => {
      events.on('completed', () => {
        completed += 1;
        if (completed === n) resolve();
      });
    });
    const begin = performance.now();
    for (let first = 0; first < n; first += BULK) {
      const count = Math.min(BULK, n - first);
      await queue.addBulk(
        Array.from({ length: count }, (_, i) => ({
          name: 'scan',
          data: { ip: first + i },
          opts: { removeOnComplete: true },
        })),
      );
    }
    await done;
    return (n * 1_000) / (performance.now() - begin);
  } finally {
    await Promise.all(workers.map((worker) => worker.close(true)));
    await events.close();
    await queue.obliterate({ force: true }).catch(() => undefined);
    await queue.close();
  }
}
