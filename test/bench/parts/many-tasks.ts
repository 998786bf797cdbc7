import type { Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { toTargets } from '../stack/to-targets';
import { toQuantiles } from './quantiles';

declare module '../part' {
  interface AllFigures {
    'many-tasks': ManyTasksFigures;
  }
}

export interface ManyTasksFigures {
  tasks: number;
  subtasks: number;
  per_second: number;
  /** Seconds from the first POST to the end of a task. */
  first: number;
  p50: number;
  last: number;
}

/** All tasks are created at once; as many subtasks in all as the one task has. */
export const manyTasksPart: Part<ManyTasksFigures> = {
  title: 'many tasks at once',
  stack: 'noop',
  limitMinutes: 4,
  isDefault: true,
  async run({ api, options }) {
    const { tasks, n } = options;
    const each = Math.max(1, Math.round(n / tasks));
    const begun = performance.now();
    const run = async () => {
      const end = await api.waitForEnd(await api.createTask(toTargets(each)));
      if (end.status !== 'COMPLETED') throw new Error(`a task ended wrong: ${JSON.stringify(end)}`);
      return (performance.now() - begun) / 1_000;
    };
    const ends = await Promise.all(Array.from({ length: tasks }, run));
    const last = Math.max(...ends);
    const subtasks = tasks * each;
    return {
      tasks,
      subtasks,
      per_second: subtasks / last,
      first: Math.min(...ends),
      p50: toQuantiles(ends).p50,
      last,
    };
  },
  toTables: ({ tasks, subtasks, per_second, first, p50, last }, { task }) => [
    toFigures(
      [`${toNumber(tasks)} tasks with ${toNumber(subtasks)} subtasks, subtasks/s`, toNumber(per_second), ''],
      ...(task ? [['÷ one task', toNumber(per_second / task.per_second), '']] : []),
      ['end of the first, half, last task, s', [first, p50, last].map((value) => value.toFixed(1)).join(' / '), ''],
    ),
  ],
};
