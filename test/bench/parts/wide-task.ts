import { delay } from '@cyberstroll/runtime';
import type { Part } from '../part';
import { toFigures } from '../report/table';
import { watchUsage } from '../stack/watch-usage';

declare module '../part' {
  interface AllFigures {
    'wide-task': WideTaskFigures;
  }
}

export interface WideTaskFigures {
  /** Milliseconds of the POST; until the dispatcher has begun the task; of the cancellation. */
  created_ms: number;
  begun_ms: number;
  cancelled_ms: number;
  rss_mb: Record<string, number>;
}

const TARGETS = '127.0.0.0/8';
const LOOK_EVERY_MS = 20;

/** No node serves its pool. */
export const wideTaskPart: Part<WideTaskFigures> = {
  title: 'a task of a /8: 16,777,216 subtasks',
  stack: 'noop',
  limitMinutes: 1,
  isDefault: true,
  async run({ stack, api, signal }) {
    const usage = watchUsage(stack);
    const begun = performance.now();
    const taskId = await api.createTask(TARGETS, { pool: 'bench-nobody' });
    const created = performance.now();
    while ((await api.getTask(taskId))['status'] === 'CREATED') await delay(LOOK_EVERY_MS, signal);
    const taken = performance.now();
    await api.cancelTask(taskId);
    const { rss_mb } = usage.stop();
    return {
      created_ms: created - begun,
      begun_ms: taken - created,
      cancelled_ms: performance.now() - taken,
      rss_mb,
    };
  },
  toTables: ({ created_ms, begun_ms, cancelled_ms, rss_mb }) => [
    toFigures(
      ['POST until its answer, ms', created_ms.toFixed(0), ''],
      ['from the answer until the dispatcher has begun it, ms', begun_ms.toFixed(0), ''],
      ['its cancellation, ms', cancelled_ms.toFixed(0), ''],
      ['memory of task-api / dispatcher, MB', `${rss_mb['task-api']} / ${rss_mb['dispatcher']}`, '≤ 200'],
    ),
  ],
};
