import { delay } from '@cyberstroll/runtime';
import type { Bench, Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { openOwnNode } from '../stack/own-node';

declare module '../part' {
  interface AllFigures {
    thin: ThinFigures;
  }
}

export interface ThinFigures {
  updates: number;
  per_second: number;
}

/** Names that the envelopes bear. */
const NODES = 1_000;
/** Envelopes that wait for their confirm at once. */
const UNCONFIRMED = 1_000;
const LOOK_EVERY_MS = 10;

/** From the first publish to the WebSocket frame that counts the last update. */
async function measureThin(bench: Bench, total: number): Promise<ThinFigures> {
  const node = await openOwnNode(bench, 'bench-thin');
  const task_id = await node.openTask(total);
  let completed = 0;
  const watching = await bench.api.watch(task_id, ({ counts }) => {
    completed = counts.completed_count;
  });
  try {
    const begun = performance.now();
    let next = 0;
    const publish = async () => {
      while (next < total) {
        const index = next++;
        await node.complete([{ task_id, index }], `bench-node-${index % NODES}`);
      }
    };
    await Promise.all(Array.from({ length: UNCONFIRMED }, publish));
    while (completed < total) {
      bench.signal.throwIfAborted();
      await delay(LOOK_EVERY_MS);
    }
    return { updates: total, per_second: (total * 1_000) / (performance.now() - begun) };
  } finally {
    watching.close();
    await node.close();
  }
}

export const thinPart: Part<ThinFigures> = {
  title: `${toNumber(NODES)} nodes that send one update per envelope`,
  stack: 'noop',
  limitMinutes: 3,
  isDefault: true,
  run: (bench) => measureThin(bench, bench.options.thin),
  toTables: ({ updates, per_second }) => [
    toFigures([`${toNumber(updates)} envelopes, updates/s`, toNumber(per_second), '']),
  ],
};
