import { QUEUES } from '@cyberstroll/contracts';
import type { Stack } from '@cyberstroll/local';
import type { Channel } from 'amqplib';
import { readUsage } from '../bench/process-usage';

/** What was seen, once a second, in one part of a run. */
export interface Sight {
  /** The most of each service's processes, in megabytes. */
  rss_mb: Record<string, number>;
  /** The most messages that waited in `cs.state.updates`. */
  backlog: number;
  /** POST /api/tasks by its answer's status. */
  creates: Record<string, number>;
  /** Of reads of a task that were not answered 200. */
  failed_reads: number;
  /** Progress frames of the flooded task. */
  frames: number;
}

export interface SystemWatch {
  /** From now on what is seen is noted in this. */
  begin(): Sight;
  countFrame(): void;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;

export function watchSystem(stack: Stack, channel: Channel, taskId: string): SystemWatch {
  const { api_url, api_key, services } = stack.describe();
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
  let sight = createSight();
  const create = JSON.stringify({
    ...{ task_target: '127.0.0.1', task_initiator: 'flood', scan: { ports: '80' }, config: { pool: 'nowhere' } },
  });

  async function look(): Promise<void> {
    const seen = sight;
    for (const { name, pid } of services) {
      if (pid !== undefined) seen.rss_mb[name] = Math.max(seen.rss_mb[name] ?? 0, readUsage(pid).rss_mb);
    }
    const [made, read, { messageCount }] = await Promise.all([
      fetch(`${api_url}/api/tasks`, { method: 'POST', headers, body: create }),
      fetch(`${api_url}/api/tasks/${taskId}`, { headers }),
      channel.checkQueue(QUEUES.stateUpdates.name),
    ]);
    seen.creates[made.status] = (seen.creates[made.status] ?? 0) + 1;
    if (read.status !== 200) seen.failed_reads += 1;
    seen.backlog = Math.max(seen.backlog, messageCount);
  }

  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(look).catch(() => {
      sight.failed_reads += 1;
    });
  }, LOOK_EVERY_MS);

  return {
    begin() {
      sight = createSight();
      return sight;
    },
    countFrame() {
      sight.frames += 1;
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

const createSight = (): Sight => ({ rss_mb: {}, backlog: 0, creates: {}, failed_reads: 0, frames: 0 });
