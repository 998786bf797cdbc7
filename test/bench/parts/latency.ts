import { delay } from '@cyberstroll/runtime';
import type { Bench, Part } from '../part';
import { toBars } from '../report/plots';
import { toFigures, toNumber } from '../report/table';
import { openOwnNode } from '../stack/own-node';
import { timeFsyncs } from '../stack/time-fsyncs';
import { type Quantiles, toQuantiles } from './quantiles';

declare module '../part' {
  interface AllFigures {
    latency: LatencyFigures;
  }
}

export interface LatencyFigures {
  runs: (Quantiles & { rate: number })[];
  /** Milliseconds of an fsync on the disk of the engines, after the runs. A slow disk makes a high latency. */
  fsync: Quantiles;
}

/** A node's flush interval. */
const FLUSH_MS = 50;

/**
 * Milliseconds from a node's publish of an update to the WebSocket frame that counts it, at `rate` updates a second. A
 * node of our own sends the updates. Updates are counted in the order in which they were sent, so a frame with the
 * count `c` covers the first `c` updates.
 */
async function measureLatency(bench: Bench, rate: number, seconds: number): Promise<Quantiles> {
  const total = rate * seconds;
  const node = await openOwnNode(bench, 'bench-latency');
  const task_id = await node.openTask(total);
  const sentAt: number[] = [];
  const latencies: number[] = [];
  const watching = await bench.api.watch(task_id, ({ counts }) => {
    const now = performance.now();
    while (latencies.length < Math.min(counts.completed_count, sentAt.length))
      latencies.push(now - sentAt[latencies.length]!);
  });
  try {
    const begun = performance.now();
    while (sentAt.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - begun) * rate) / 1_000));
      const places = Array.from({ length: due - sentAt.length }, (_, i) => ({ task_id, index: sentAt.length + i }));
      if (places.length > 0) {
        for (const _ of places) sentAt.push(performance.now());
        void node.complete(places);
      }
      await delay(FLUSH_MS);
    }
    while (latencies.length < total) {
      bench.signal.throwIfAborted();
      await delay(FLUSH_MS);
    }
    return toQuantiles(latencies);
  } finally {
    watching.close();
    await node.close();
  }
}

export const latencyPart: Part<LatencyFigures> = {
  title: 'from the publish of an update to the WebSocket frame that counts it',
  stack: 'noop',
  needs: ['task'],
  limitMinutes: 4,
  isDefault: true,
  async run(bench) {
    const { latencyRate, latencySeconds } = bench.options;
    const runs: LatencyFigures['runs'] = [];
    for (const rate of [latencyRate, Math.round(bench.figures.task!.per_second / 2)])
      runs.push({ rate, ...(await measureLatency(bench, rate, latencySeconds)) });
    return { runs, fsync: toQuantiles(await timeFsyncs(bench.dir)) };
  },
  toTables: ({ runs, fsync }) => [
    toFigures(
      ...runs.map(({ rate, p50, p99 }, i) => [
        `at ${toNumber(rate)} updates/s${i === 1 ? ', half of the peak' : ''}, p50 / p99, ms`,
        `${Math.round(p50)} / ${Math.round(p99)}`,
        i === 0 ? 'p99 ≤ 60' : '',
      ]),
      ['an fsync of 4 kB on the same disk, p50 / p99.9, ms', `${toNumber(fsync.p50)} / ${toNumber(fsync.p999)}`, ''],
    ),
  ],
  toPlots({ runs }) {
    const title = 'Milliseconds from the publish of an update to its frame';
    const bars = runs.flatMap(({ rate, p50, p99 }) => [
      [`p50 at ${toNumber(rate)}/s`, Math.round(p50)],
      [`p99 at ${toNumber(rate)}/s`, Math.round(p99)],
    ]);
    return [{ file: 'latency.svg', title, svg: toBars(title, Object.fromEntries(bars)) }];
  },
};
