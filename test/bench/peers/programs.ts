import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installGoPeer, installNodePeers } from './install';
import { type Peer, type PeerRun, POSTGRESQL_DURABILITY, REDIS_DURABILITY } from './peer';
import { withPostgresql } from './postgresql';

/** Runs a peer's program, which prints its figure in its last line. */
async function runPeer(
  [command, ...args]: [string, ...string[]],
  url: string,
  { warmUp, jobs, concurrency, signal }: PeerRun,
) {
  const run = promisify(execFile);
  const { stdout } = await run(command, [...args, ...[jobs, concurrency, warmUp].map(String)], {
    env: { ...process.env, PEER_URL: url },
    signal,
  });
  const figure = JSON.parse(stdout.trim().split('\n').at(-1)!) as { jobs_per_second: number };
  return figure.jobs_per_second;
}

const runNode = async (name: string, run: PeerRun) => {
  const program = join(await installNodePeers(), `${name}.mjs`);
  return withPostgresql((url) => runPeer([process.execPath, program], url, run));
};

/** No-op jobs alone: `jobMs` is for BullMQ. */
export const PROGRAMS: Record<string, Peer> = {
  'pg-boss': {
    title: 'pg-boss',
    keeps: 'the job with its result and times; no attempts before',
    durability: POSTGRESQL_DURABILITY,
    measure: (run) => runNode('pg-boss', run),
  },
  'graphile-worker': {
    title: 'graphile-worker',
    keeps: 'nothing',
    durability: POSTGRESQL_DURABILITY,
    measure: (run) => runNode('graphile-worker', run),
  },
  asynq: {
    title: 'asynq (Go)',
    keeps: 'the job with its result for an hour; no attempts before',
    durability: REDIS_DURABILITY,
    measure: async (run) => runPeer([await installGoPeer('asynq')], run.redisUrl, run),
  },
  river: {
    title: 'River (Go)',
    keeps: 'the job with its result, times and failed attempts for a day',
    durability: POSTGRESQL_DURABILITY,
    async measure(run) {
      const program = await installGoPeer('river');
      return withPostgresql((url) => runPeer([program], url, run));
    },
  },
};
