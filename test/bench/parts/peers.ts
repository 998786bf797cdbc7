import type { Part } from '../part';
import { bullmq } from '../peers/bullmq';
import type { Peer } from '../peers/peer';
import { PROGRAMS } from '../peers/programs';
import { toBars } from '../report/plots';
import { toNumber } from '../report/table';

declare module '../part' {
  interface AllFigures {
    peers: PeersFigures;
  }
}

/** By the names of `--peers`. */
const PEERS: Record<string, Peer> = { bullmq, ...PROGRAMS };
export const PEER_NAMES = Object.keys(PEERS);

interface PeerFigures {
  name: string;
  per_second?: number;
  /** Why it was left out. */
  skipped?: string;
}
export type PeersFigures = PeerFigures[];

const OURS = 'CyberStroll';
const KEEPS = 'each subtask with its result, times and the history of all its attempts; counters of the task';
const DURABILITY = "RabbitMQ's confirm of a quorum queue, and MongoDB's of a majority with its journal";

export const peersPart: Part<PeersFigures> = {
  title: 'the same jobs by other queues',
  stack: 'noop',
  needs: ['task'],
  limitMinutes: 10,
  isDefault: true,
  async run({ options, description, signal, print }) {
    const figures: PeersFigures = [];
    const run = { warmUp: options.warmUp, jobs: options.n, concurrency: options.nodes * options.capacity, jobMs: 0 };
    for (const name of options.peers) {
      try {
        const per_second = await PEERS[name]!.measure({ ...run, redisUrl: description.redis_url, signal });
        figures.push({ name, per_second });
      } catch (error) {
        signal.throwIfAborted();
        print(`${name} is skipped: ${(error as Error).message}`);
        figures.push({ name, skipped: (error as Error).message });
      }
    }
    return figures;
  },
  toTables: (figures, { task }) => [
    {
      head: ['queue', 'jobs/s', 'CyberStroll ÷ it', 'aim', 'keeps of an ended job', 'survives a crash'],
      rows: [
        [OURS, toNumber(task!.per_second), '', '', KEEPS, DURABILITY],
        ...figures.map(({ name, per_second, skipped }) => {
          const { title, keeps, durability } = PEERS[name]!;
          if (per_second === undefined) return [title, 'skipped', '', '', skipped!.replaceAll('|', '/'), ''];
          const ratio = toNumber(task!.per_second / per_second);
          return [title, toNumber(per_second), ratio, name === 'bullmq' ? '≥ 1.5' : '', keeps, durability];
        }),
      ],
    },
  ],
  toPlots(figures, { task }) {
    const title = 'Jobs per second';
    const measured = figures.filter(({ per_second }) => per_second !== undefined);
    const rates = measured.map(({ name, per_second }) => [PEERS[name]!.title, Math.round(per_second!)]);
    const bars = Object.fromEntries([[OURS, Math.round(task!.per_second)], ...rates]);
    return [{ file: 'peers.svg', title, svg: toBars(title, bars) }];
  },
};
