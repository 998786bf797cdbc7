/** A job queue that runs the same no-op jobs, so that figures of one machine can be compared. */
export interface Peer {
  title: string;
  /** What it keeps of a job that has ended. */
  keeps: string;
  /** What survives a crash of its server. */
  durability: string;
  /** Runs `warmUp` jobs and then `jobs`. Jobs per second of the latter; throws where the peer cannot be installed. */
  measure(run: PeerRun): Promise<number>;
}

export interface PeerRun {
  warmUp: number;
  jobs: number;
  /** Jobs at once, in all. */
  concurrency: number;
  /** Milliseconds that each job lasts. */
  jobMs: number;
  redisUrl: string;
  /** Aborts when the time is over. */
  signal: AbortSignal;
}

export const REDIS_DURABILITY = 'none: Redis writes nothing to the disk';
export const POSTGRESQL_DURABILITY = 'every commit is on the disk: PostgreSQL with its defaults';
