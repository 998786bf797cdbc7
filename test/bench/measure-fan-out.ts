import { delay } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';
import type { BenchApi } from './api';
import { toQuantiles } from './measure-latency';
import { openOwnNode } from './own-node';

/** Milliseconds between two updates of the task, and their number. */
const EVERY_MS = 100;
const UPDATES = 50;
/** WebSockets that are opened at once. */
const OPENED_AT_ONCE = 100;

export interface FanOutFigures {
  subscribers: number;
  frames: number;
  /** Milliseconds from the publish of an update to the frame that counts it, of all subscribers. */
  p50: number;
  p99: number;
}

/** One task that changes ten times a second, before many subscribers. */
export async function measureFanOut(
  stack: { rabbitmq_url: string; mongodb_uri: string; ws_url: string; api_key: string },
  api: BenchApi,
  subscribers: number,
): Promise<FanOutFigures> {
  const node = await openOwnNode(stack, api, { total: UPDATES, pool: 'bench-fan-out' });
  const sentAt: number[] = [];
  const latencies: number[] = [];
  let finished = 0;
  const open = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const headers = { authorization: `Bearer ${stack.api_key}` };
      const url = `${stack.ws_url}/ws/tasks/${node.task_id}/progress`;
      const socket = new WebSocket(url, { headers, perMessageDeflate: false });
      socket.on('message', (data) => {
        // Parsing a million frames would take longer than sending them.
        const count = Number(/"completed_count":(\d+)/.exec(data.toString())?.[1] ?? 0);
        if (count === 0) return;
        latencies.push(performance.now() - sentAt[count - 1]!);
        if (count === UPDATES) finished += 1;
      });
      socket.once('open', () => resolve(socket)).once('error', reject);
    });
  const sockets: WebSocket[] = [];
  try {
    while (sockets.length < subscribers) {
      const some = Math.min(OPENED_AT_ONCE, subscribers - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, open))));
    }
    for (let index = 0; index < UPDATES; index++) {
      sentAt.push(performance.now());
      void node.complete([index]);
      await delay(EVERY_MS);
    }
    while (finished < subscribers) await delay(EVERY_MS);
  } finally {
    for (const socket of sockets) socket.terminate();
    await node.close();
  }
  return { subscribers, frames: latencies.length, ...toQuantiles(latencies) };
}
