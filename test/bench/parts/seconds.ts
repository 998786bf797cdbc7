import type { Part } from '../part';
import { bullmq } from '../peers/bullmq';
import { toFigures, toNumber } from '../report/table';
import { runTask, type TaskRun } from '../stack/run-task';

declare module '../part' {
  interface AllFigures {
    seconds: SecondsFigures;
  }
}

export interface SecondsFigures extends Pick<TaskRun, 'n' | 'per_second' | 'cores' | 'rss_mb'> {
  slots: number;
  /** BullMQ's rate with the same jobs and as many at once. */
  bullmq: number;
}

const SCAN_SECONDS = 1;

/** All slots are busy all the time at best: that is the floor. */
export const secondsPart: Part<SecondsFigures> = {
  title: 'one task, scans that last a second',
  stack: 'seconds',
  limitMinutes: 6,
  isDefault: true,
  async run({ stack, api, options, description, signal, print }) {
    const { slots, seconds: rounds } = options;
    const { n, per_second, cores, rss_mb } = await runTask(stack, api, slots * rounds);
    print(`${toNumber(per_second)} subtasks/s; the same jobs by BullMQ …`);
    const run = { warmUp: options.warmUp, jobs: n, concurrency: slots, jobMs: SCAN_SECONDS * 1_000 };
    const peer = await bullmq.measure({ ...run, redisUrl: description.redis_url, signal });
    return { slots, n, per_second, cores, rss_mb, bullmq: peer };
  },
  toTables: ({ slots, n, per_second, cores, rss_mb, bullmq: peer }) => {
    const floor = slots / SCAN_SECONDS;
    return [
      toFigures(
        [`${toNumber(n)} subtasks on ${toNumber(slots)} slots, subtasks/s`, toNumber(per_second), ''],
        ['floor: slots ÷ 1 s', toNumber(floor), ''],
        ['÷ the floor', toNumber(per_second / floor), '≥ 0.8'],
        ['BullMQ, jobs/s', toNumber(peer), ''],
        ['÷ BullMQ', toNumber(per_second / peer), '≥ 1'],
        ['cores of state-updater / all nodes', `${cores['state-updater']} / ${cores['scanner-node']}`, ''],
        ['memory of state-updater / a node, MB', `${rss_mb['state-updater']} / ${rss_mb['scanner-node']}`, '≤ 200'],
      ),
    ];
  },
};
