import { delay } from '@cyberstroll/runtime';
import mongoose from 'mongoose';
import type { Bench, Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { toUsageTable } from '../report/usage-table';
import { toTargets } from '../stack/to-targets';
import { type Usage, watchUsage } from '../stack/watch-usage';

declare module '../part' {
  interface AllFigures {
    'open-tasks': OpenTasksFigures;
  }
}

export interface OpenTasksFigures {
  tasks: number;
  created_per_second: number;
  /** While all are open and no node is there. */
  idle: Usage;
  /** From the start of the nodes to the end of the last task. */
  subtasks_per_second: number;
  rss_mb: Record<string, number>;
}

const SUBTASKS = 10;
const CREATED_AT_ONCE = 20;
const CATEGORY = 'bench-open';
const IDLE_MS = 10_000;
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 200;

/** Tasks are created while no node runs. Then the nodes come, and do them all. */
async function measureOpenTasks(bench: Bench): Promise<OpenTasksFigures> {
  const { stack, api, signal, description } = bench;
  const { openTasks: tasks } = bench.options;
  const nodes = stack.services.filter(({ name }) => name === 'scanner-node');
  const mongodb = await mongoose.createConnection(description.mongodb_uri).asPromise();
  const countEnded = () => mongodb.collection('tasks').countDocuments({ task_category: CATEGORY, status: 'COMPLETED' });
  try {
    await Promise.all(nodes.map((node) => node.stop(STOP_WITHIN_MS)));
    const begun = performance.now();
    let next = 0;
    const create = async () => {
      while (next++ < tasks) await api.createTask(toTargets(SUBTASKS), {}, CATEGORY);
    };
    await Promise.all(Array.from({ length: CREATED_AT_ONCE }, create));
    const created_per_second = (tasks * 1_000) / (performance.now() - begun);

    const idleUsage = watchUsage(stack);
    await delay(IDLE_MS, signal);
    const idle = idleUsage.stop();

    const usage = watchUsage(stack);
    const started = performance.now();
    for (const node of nodes) node.start();
    while ((await countEnded()) < tasks) {
      signal.throwIfAborted();
      await delay(LOOK_EVERY_MS);
    }
    const subtasks_per_second = (tasks * SUBTASKS * 1_000) / (performance.now() - started);
    return { tasks, created_per_second, idle, subtasks_per_second, rss_mb: usage.stop().rss_mb };
  } finally {
    await mongodb.close();
    for (const node of nodes) if (!node.identity) node.start();
  }
}

export const openTasksPart: Part<OpenTasksFigures> = {
  title: `many open tasks of ${SUBTASKS} subtasks`,
  stack: 'noop',
  limitMinutes: 8,
  isDefault: false,
  run: measureOpenTasks,
  toTables: ({ tasks, created_per_second, idle, subtasks_per_second, rss_mb }) => [
    toFigures(
      [`${toNumber(tasks)} tasks, created/s`, toNumber(created_per_second), ''],
      ['subtasks/s, when nodes come', toNumber(subtasks_per_second), ''],
    ),
    toUsageTable({ cores: idle.cores, rss_mb }, 'cores while all are open and no node runs'),
  ],
};
