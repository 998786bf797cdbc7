import type { Part } from '../part';
import { toBars } from '../report/plots';
import { toFigures, toNumber } from '../report/table';
import { toUsageTable } from '../report/usage-table';
import { runTask, type TaskRun } from '../stack/run-task';

declare module '../part' {
  interface AllFigures {
    task: TaskFigures;
  }
}

export type TaskFigures = TaskRun;

export const taskPart: Part<TaskFigures> = {
  title: 'one task, scans that take no time',
  stack: 'noop',
  limitMinutes: 5,
  isDefault: true,
  run: ({ stack, api, options }) => runTask(stack, api, options.n),
  toTables: ({ n, per_second, services_cpu_seconds, cores, rss_mb }) => [
    toFigures(
      ['subtasks', toNumber(n), ''],
      ['subtasks/s', toNumber(per_second), ''],
      ['CPU seconds of services and nodes per 1,000', toNumber((services_cpu_seconds * 1_000) / n), ''],
    ),
    toUsageTable({ cores, rss_mb }),
  ],
  toPlots({ cores }) {
    const title = 'Cores in use while the task runs';
    return [{ file: 'cores.svg', title, svg: toBars(title, cores) }];
  },
};
