import { QUEUES } from '@cyberstroll/contracts';
import type { Stack } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import type { Channel } from 'amqplib';
import { readUsage } from '../bench/stack/process-usage';

/** What was seen, once a second, in one part of a run. */
export interface Observation {
  looks: number;
  /** By service: what its largest process took at each look, in megabytes. */
  rss_mb: Record<string, number[]>;
  /** The most messages that waited in `cs.updates`. */
  backlog: number;
  /** POST /api/tasks by its answer's status. */
  creates: Record<string, number>;
  /** Of those that were refused with 429: without a Retry-After. */
  refused_without_wait: number;
  /** Of reads of a task that were not answered 200: why. */
  failed_reads: string[];
  /** Progress frames of the flooded task. */
  frames: number;
}

export interface SystemWatch {
  /** From now on what is seen is noted in this. */
  begin(): Observation;
  countFrame(): void;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

export function watchSystem(stack: Stack, channel: Channel, taskId: string): SystemWatch {
  const { api_url, api_key } = stack.describe();
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
  let observation = createObservation();
  const create = JSON.stringify({
    task_target: '127.0.0.1',
    task_initiator: 'flood',
    scan: { ports: '80' },
    config: { pool: 'nowhere' },
  });

  async function look(): Promise<void> {
    const seen = observation;
    seen.looks += 1;
    for (const [service, mb] of Object.entries(readMemory(stack))) {
      seen.rss_mb[service] ??= [];
      seen.rss_mb[service].push(mb);
    }
    const [made, read, { messageCount }] = await Promise.all([
      fetch(`${api_url}/api/tasks`, { method: 'POST', headers, body: create }),
      fetch(`${api_url}/api/tasks/${taskId}`, { headers }),
      channel.checkQueue(QUEUES.stateUpdates.name),
    ]);
    await Promise.all([made.arrayBuffer(), read.arrayBuffer()]);
    seen.creates[made.status] = (seen.creates[made.status] ?? 0) + 1;
    if (made.status === 429 && !made.headers.has('retry-after')) seen.refused_without_wait += 1;
    if (read.status !== 200) seen.failed_reads.push(`answered ${read.status}`);
    seen.backlog = Math.max(seen.backlog, messageCount);
  }

  const stopping = new AbortController();
  async function lookOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const begun = performance.now();
      const seen = observation;
      await look().catch((error: Error) => {
        seen.failed_reads.push(`${error.message} (${error.cause})`);
      });
      await delay(Math.max(0, begun + LOOK_EVERY_MS - performance.now()), stopping.signal);
    }
  }
  const looking = lookOn();

  return {
    begin() {
      observation = createObservation();
      return observation;
    },
    countFrame() {
      observation.frames += 1;
    },
    async stop() {
      stopping.abort();
      await looking;
    },
  };
}

const createObservation = (): Observation => ({
  looks: 0,
  rss_mb: {},
  backlog: 0,
  creates: {},
  refused_without_wait: 0,
  failed_reads: [],
  frames: 0,
});

/** By service: its largest process. */
function readMemory(stack: Stack): Record<string, number> {
  const most: Record<string, number> = {};
  for (const { name, pid } of stack.describe().services) {
    if (pid !== undefined) most[name] = Math.max(most[name] ?? 0, readUsage(pid).rss_mb);
  }
  return most;
}
