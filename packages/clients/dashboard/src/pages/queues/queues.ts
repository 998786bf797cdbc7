import { withGaps } from '../../components/gaps';

interface Sample {
  timestamp: string;
  queues?: readonly { queue: string; messages: number }[] | undefined;
}

export interface Depths {
  /** Seconds since 1970. */
  times: number[];
  /** Of a queue, at each of these times; null where nobody read the queues. */
  values: (number | null)[];
}

/**
 * The messages of each of these queues over time. A sample names the queues that were not empty, and none where nobody
 * read them. `every`: seconds between two samples. Empty where no sample says anything of queues.
 */
export function toDepths(
  samples: readonly Sample[],
  { every, queues }: { every: number; queues: readonly string[] },
): ReadonlyMap<string, Depths> {
  const timed = samples.map(({ timestamp, queues: read }) => ({
    at: Date.parse(timestamp) / 1_000,
    depths: read && new Map(read.map(({ queue, messages }) => [queue, messages])),
  }));
  if (!timed.some(({ depths }) => depths)) return new Map();
  const { times, toValues } = withGaps(timed, every);
  return new Map(
    queues.map((queue) => [
      queue,
      { times, values: toValues(({ depths }) => (depths ? (depths.get(queue) ?? 0) : null)) },
    ]),
  );
}

const JOBS = /^cs\.jobs\.(.+)$/;

/** What a queue of the system is for, by its name; `pool` for the jobs of one. */
export function toPurpose(queue: string): {
  kind: 'updates' | 'heartbeats' | 'dead_letters' | 'jobs' | 'other';
  pool: string;
} {
  const pool = JOBS.exec(queue)?.[1] ?? '';
  if (pool !== '') return { kind: 'jobs', pool };
  if (queue === 'cs.updates') return { kind: 'updates', pool };
  if (queue === 'cs.heartbeats.nodes') return { kind: 'heartbeats', pool };
  return { kind: queue === 'cs.dead-letters' ? 'dead_letters' : 'other', pool };
}
