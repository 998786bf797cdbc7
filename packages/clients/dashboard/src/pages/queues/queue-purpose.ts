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
