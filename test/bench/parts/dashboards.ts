import { delay } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';
import { readMetric } from '../../faults/rig/read-metric';
import type { Bench, Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { inGroups } from '../stack/in-groups';
import { openOwnNode } from '../stack/own-node';
import { watchUsage } from '../stack/watch-usage';
import { type Quantiles, toQuantiles } from './quantiles';

declare module '../part' {
  interface AllFigures {
    dashboards: DashboardFigures;
  }
}

/** Of all subscribers, while every task changes each second. Times are from the publish of an update, in ms. */
export interface CrowdFigures extends Quantiles {
  subscribers: number;
  tasks: number;
  /** Tasks that each subscriber names; undefined: it gets all. */
  named?: number;
  /** Messages for each subscriber and second: the fewest and the most. */
  fewest: number;
  most: number;
  megabytes_per_second: number;
  /** Of the event loop of progress-pusher, in ms: the longest of some 40 moments. */
  lag: number;
  cores: Record<string, number>;
}
export type DashboardFigures = CrowdFigures[];

const TASKS = 1_000;
const SECONDS = 10;
/** What the list of tasks shows at once. */
const NAMED = 50;
const PER_ENVELOPE = 250;
const LOOK_EVERY_MS = 250;

/** Dashboards that show many tasks; each task changes once a second. */
async function measureCrowd(bench: Bench, named: number | undefined): Promise<CrowdFigures> {
  const { description, signal, stack } = bench;
  const subscribers = bench.options.dashboards;
  const [pusher] = stack.services.filter(({ name }) => name === 'progress-pusher');
  const node = await openOwnNode(bench, 'bench-dashboards');
  const sockets: WebSocket[] = [];
  try {
    const ids = await inGroups(TASKS, () => node.openTask(SECONDS + 2));
    const completeAll = async (index: number) => {
      for (let first = 0; first < TASKS; first += PER_ENVELOPE)
        await node.complete(ids.slice(first, first + PER_ENVELOPE).map((task_id) => ({ task_id, index })));
    };
    const sentAt: number[] = [];
    const latencies: number[] = [];
    /** By subscriber. */
    const messages: number[] = new Array(subscribers).fill(0);
    let bytes = 0;
    let lost = 0;
    /** Of the first subscriber: to parse what all get would take longer than to send it. */
    const counts = new Map<string, number>();
    const note = (text: string) => {
      for (const {
        task_id,
        counts: { completed_count: count },
      } of JSON.parse(text)) {
        if (count <= (counts.get(task_id) ?? 0)) continue;
        counts.set(task_id, count);
        const at = sentAt[count - 1];
        if (at !== undefined) latencies.push(performance.now() - at);
      }
    };
    const subscribe = (subscriber: number) => {
      const headers = { authorization: `Bearer ${description.api_key}` };
      const url = `${description.ws_url}/ws/tasks/progress${named === undefined ? '' : '?named=true'}`;
      const socket = new WebSocket(url, { headers, perMessageDeflate: false });
      socket.on('message', (data) => {
        messages[subscriber]! += 1;
        bytes += (data as Buffer).length;
        if (subscriber === 0) note(data.toString());
      });
      socket.on('close', () => lost++);
      sockets.push(socket);
      return new Promise<void>((resolve, reject) => {
        socket.once('error', reject).once('open', () => {
          if (named !== undefined) socket.send(JSON.stringify({ task_ids: ids.slice(0, named) }));
          resolve();
        });
      });
    };
    const waitForCount = async (count: number) => {
      const shown = ids.slice(0, named);
      while (!shown.every((id) => (counts.get(id) ?? 0) >= count)) {
        signal.throwIfAborted();
        if (lost > 0) throw new Error(`${lost} of ${subscribers} subscribers were disconnected`);
        await delay(LOOK_EVERY_MS);
      }
    };

    await completeAll(0);
    await inGroups(subscribers, subscribe);
    await waitForCount(1);
    messages.fill(0);
    bytes = 0;
    const usage = watchUsage(stack);
    const begun = performance.now();
    const lags: number[] = [];
    for (let index = 1; index <= SECONDS; index++) {
      sentAt[index] = performance.now();
      void completeAll(index);
      while (performance.now() < begun + index * 1_000) {
        await delay(LOOK_EVERY_MS, signal);
        lags.push(...(await readMetric(pusher!.health_url, 'cyberstroll_nodejs_eventloop_lag_seconds')));
      }
    }
    await waitForCount(SECONDS + 1);
    const seconds = (performance.now() - begun) / 1_000;
    const { cores } = usage.stop();
    const figures = {
      subscribers,
      tasks: TASKS,
      ...(named !== undefined && { named }),
      fewest: Math.min(...messages) / seconds,
      most: Math.max(...messages) / seconds,
      megabytes_per_second: bytes / seconds / 1e6,
      lag: Math.max(...lags) * 1_000,
      cores,
      ...toQuantiles(latencies),
    };
    await completeAll(SECONDS + 1);
    await waitForCount(SECONDS + 2);
    return figures;
  } finally {
    for (const socket of sockets) socket.terminate();
    await node.close();
  }
}

export const dashboardsPart: Part<DashboardFigures> = {
  title: 'dashboards that show many tasks; each task changes once a second',
  stack: 'crowd',
  limitMinutes: 8,
  isDefault: false,
  run: async (bench) => [await measureCrowd(bench, NAMED), await measureCrowd(bench, undefined)],
  toTables: (figures) => [
    toFigures(
      ...figures.flatMap(({ subscribers, tasks, named, fewest, most, megabytes_per_second, lag, p50, p99, cores }) => {
        const which = named === undefined ? 'all' : `${named} of`;
        const who = `${toNumber(subscribers)} subscribers of ${which} ${toNumber(tasks)} tasks`;
        return [
          [`${who}: messages/s for each`, `${fewest.toFixed(1)} to ${most.toFixed(1)}`, '≤ 4'],
          [`${who}: MB/s`, megabytes_per_second.toFixed(1), ''],
          [`${who}: p50 / p99, ms`, `${Math.round(p50)} / ${Math.round(p99)}`, ''],
          [`${who}: lag of progress-pusher's event loop, ms`, lag.toFixed(0), '≤ 50'],
          [`${who}: cores of progress-pusher`, String(cores['progress-pusher'] ?? ''), ''],
        ] as [string, string, string][];
      }),
    ),
  ],
};
