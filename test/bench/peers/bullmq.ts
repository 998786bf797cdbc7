import { delay } from '@cyberstroll/runtime';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { type Peer, type PeerRun, REDIS_DURABILITY } from './peer';

/** As many as nodes. */
const WORKERS = 2;
/** Jobs that one bulk call adds. */
const BULK = 1_000;
const LOOK_EVERY_MS = 10;
/** By default 10,000: the subscriber would miss some when thousands of jobs end at once. */
const EVENTS_KEPT = 1_000_000;

/** A subscriber of the queue's events counts the jobs: from the first add to the last completed event. */
async function measure({ warmUp, jobs, concurrency, jobMs, redisUrl, signal }: PeerRun): Promise<number> {
  const { hostname, port, password } = new URL(redisUrl);
  const connection = {
    host: hostname,
    port: Number(port || 6379),
    ...(password && { password: decodeURIComponent(password) }),
  };
  const name = `bench-${process.pid}`;
  const queue = new Queue(name, { connection, streams: { events: { maxLen: EVENTS_KEPT } } });
  const events = new QueueEvents(name, { connection });
  const run: ConstructorParameters<typeof Worker>[1] = async (job) => {
    if (jobMs > 0) await delay(jobMs);
    await job.updateProgress(100);
    return { open_ports: [], services: [], response_time: 0 };
  };
  const options = { connection, concurrency: Math.ceil(concurrency / WORKERS) };
  const workers = Array.from({ length: WORKERS }, () => new Worker(name, run, options));
  let completed = 0;
  events.on('completed', () => completed++);
  const add = async (n: number) => {
    const wanted = completed + n;
    const begun = performance.now();
    for (let first = 0; first < n; first += BULK) {
      const ips = Array.from({ length: Math.min(BULK, n - first) }, (_, i) => first + i);
      await queue.addBulk(ips.map((ip) => ({ name: 'scan', data: { ip } })));
    }
    while (completed < wanted) {
      signal.throwIfAborted();
      await delay(LOOK_EVERY_MS);
    }
    return (n * 1_000) / (performance.now() - begun);
  };
  try {
    await Promise.all([queue, events, ...workers].map((part) => part.waitUntilReady()));
    await add(warmUp);
    return await add(jobs);
  } finally {
    await Promise.all(workers.map((worker) => worker.close(true)));
    await events.close();
    await queue.obliterate({ force: true }).catch(() => undefined);
    await queue.close();
  }
}

export const bullmq: Peer = {
  title: 'BullMQ',
  keeps: 'the job with its result and times; no attempts before',
  durability: REDIS_DURABILITY,
  measure,
};
