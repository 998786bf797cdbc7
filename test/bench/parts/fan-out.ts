import { delay } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';
import type { Bench, Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { inGroups } from '../stack/in-groups';
import { openOwnNode } from '../stack/own-node';
import { watchUsage } from '../stack/watch-usage';
import { type Quantiles, toQuantiles } from './quantiles';

declare module '../part' {
  interface AllFigures {
    'fan-out': FanOutFigures;
  }
}

interface Crowd {
  tasks: number;
  subscribers: number;
}
/** Milliseconds from the publish of an update to the frame that counts it, of all subscribers. */
export type FanOutFigures = (Crowd &
  Quantiles & { updates_per_second: number; frames: number; cores: Record<string, number> })[];

/** Milliseconds between two envelopes, and their number. */
const EVERY_MS = 100;
const ENVELOPES = 50;
/** Updates of one envelope while there are many tasks: each task has one every two seconds. */
const ROUNDS = 20;

/**
 * Every task changes in its turn. Each subscriber watches one task. The tasks have begun before the first update that
 * is measured, and they end after the last one: many tasks change, but not 2,000 of them begin and end within seconds.
 */
async function measureFanOut(bench: Bench, { tasks, subscribers }: Crowd): Promise<FanOutFigures[number]> {
  const { description, signal } = bench;
  const perEnvelope = Math.ceil(tasks / ROUNDS);
  const total = ENVELOPES * perEnvelope;
  const updatesOf = (task: number) => Math.ceil((total - task) / tasks);
  const node = await openOwnNode(bench, 'bench-fan-out');
  const sockets: WebSocket[] = [];
  try {
    const ids = await inGroups(tasks, (task) => node.openTask(1 + updatesOf(task) + 1));
    const sentAt = ids.map((): number[] => []);
    const latencies: number[] = [];
    /** By subscriber, as its last frame has it: the number of completed subtasks, and the status of the task. */
    const counts: number[] = new Array(subscribers).fill(0);
    const statuses: (string | undefined)[] = new Array(subscribers).fill(undefined);
    let lost = 0;
    const subscribe = (subscriber: number) => {
      const task = subscriber % tasks;
      const headers = { authorization: `Bearer ${description.api_key}` };
      const url = `${description.ws_url}/ws/tasks/${ids[task]}/progress`;
      const socket = new WebSocket(url, { headers, perMessageDeflate: false });
      socket.on('message', (data) => {
        // Parsing a million frames would take longer than sending them.
        const text = data.toString();
        statuses[subscriber] = /"status":"(\w+)"/.exec(text)?.[1];
        const count = Number(/"completed_count":(\d+)/.exec(text)?.[1] ?? 0);
        if (count <= counts[subscriber]!) return;
        counts[subscriber] = count;
        const at = sentAt[task]![count - 1];
        if (at !== undefined) latencies.push(performance.now() - at);
      });
      socket.on('close', () => lost++);
      sockets.push(socket);
      return new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    };
    const waitUntil = async (isTrue: () => boolean) => {
      while (!isTrue()) {
        signal.throwIfAborted();
        if (lost > 0) throw new Error(`${lost} of ${subscribers} subscribers were disconnected`);
        await delay(EVERY_MS);
      }
    };
    const complete = async (places: readonly { task: number; index: number }[]) => {
      const subTasks = places.map(({ task, index }) => ({ task_id: ids[task]!, index }));
      for (let first = 0; first < subTasks.length; first += perEnvelope)
        await node.complete(subTasks.slice(first, first + perEnvelope));
    };
    const everyTask = (toIndex: (task: number) => number) => ids.map((_, task) => ({ task, index: toIndex(task) }));

    await inGroups(subscribers, subscribe);
    await complete(everyTask(() => 0));
    await waitUntil(() => statuses.every((status) => status === 'RUNNING'));
    const usage = watchUsage(bench.stack);
    for (let envelope = 0; envelope < ENVELOPES; envelope++) {
      const places = Array.from({ length: perEnvelope }, (_, i) => {
        const turn = envelope * perEnvelope + i;
        return { task: turn % tasks, index: 1 + Math.floor(turn / tasks) };
      });
      for (const { task, index } of places) sentAt[task]![index] = performance.now();
      void complete(places);
      await delay(EVERY_MS, signal);
    }
    await waitUntil(() => counts.every((count, subscriber) => count > updatesOf(subscriber % tasks)));
    const { cores } = usage.stop();
    const updates_per_second = (perEnvelope * 1_000) / EVERY_MS;
    const figures = {
      tasks,
      subscribers,
      updates_per_second,
      frames: latencies.length,
      cores,
      ...toQuantiles(latencies),
    };
    await complete(everyTask((task) => 1 + updatesOf(task)));
    await waitUntil(() => statuses.every((status) => status === 'COMPLETED'));
    return figures;
  } finally {
    for (const socket of sockets) socket.terminate();
    await node.close();
  }
}

const toTasks = (tasks: number) => `${toNumber(tasks)} ${tasks === 1 ? 'task' : 'tasks'}`;

export const fanOutPart: Part<FanOutFigures> = {
  title: 'from the publish of an update to the frames of many subscribers',
  stack: 'crowd',
  limitMinutes: 8,
  isDefault: true,
  async run(bench) {
    const { fanOut, fanOutTasks } = bench.options;
    const one = await measureFanOut(bench, { tasks: 1, subscribers: fanOut });
    return [one, await measureFanOut(bench, { tasks: fanOutTasks, subscribers: fanOutTasks })];
  },
  toTables: (figures) => [
    toFigures(
      ...figures.map(({ tasks, subscribers, updates_per_second, p50, p99 }) => [
        `${toNumber(subscribers)} subscribers of ${toTasks(tasks)}, ${updates_per_second} updates/s, p50 / p99, ms`,
        `${Math.round(p50)} / ${Math.round(p99)}`,
        'p99 ≤ 500',
      ]),
    ),
    {
      head: ['process', ...figures.map(({ tasks }) => `cores, ${toTasks(tasks)}`)],
      rows: Object.keys(figures[0]!.cores).map((name) => [
        name,
        ...figures.map(({ cores }) => String(cores[name] ?? '')),
      ]),
    },
  ],
};
