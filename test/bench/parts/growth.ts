import type { Part } from '../part';
import { toLine } from '../report/plots';
import { toNumber } from '../report/table';
import { runTask, type TaskRun } from '../stack/run-task';

declare module '../part' {
  interface AllFigures {
    growth: GrowthFigures;
  }
}

export interface GrownTask extends Pick<TaskRun, 'n' | 'seconds' | 'per_second' | 'rss_mb'> {
  /** Time grows with this power of `n`, since the size before; null for the first. 1 is linear. */
  exponent: number | null;
}
export type GrowthFigures = GrownTask[];

/** Tasks of rising sizes, one after the other. */
export const growthPart: Part<GrowthFigures> = {
  title: 'tasks of rising sizes',
  stack: 'noop',
  limitMinutes: 15,
  isDefault: false,
  async run({ stack, api, options, print }) {
    const grown: GrowthFigures = [];
    for (const size of options.growth) {
      const { n, seconds, per_second, rss_mb } = await runTask(stack, api, size);
      const before = grown.at(-1);
      const exponent = before ? Math.log(seconds / before.seconds) / Math.log(n / before.n) : null;
      grown.push({ n, seconds, per_second, rss_mb, exponent });
      print(`${toNumber(n)}: ${seconds.toFixed(1)} s`);
    }
    return grown;
  },
  toTables: (grown) => [
    {
      head: ['subtasks', 'seconds', 'subtasks/s', 'exponent', 'aim'],
      rows: grown.map(({ n, seconds, per_second, exponent }) => [
        toNumber(n),
        seconds.toFixed(1),
        toNumber(per_second),
        ...(exponent === null ? [] : [exponent.toFixed(2), '0.95 to 1.05']),
      ]),
    },
    {
      head: ['highest memory, MB', ...grown.map(({ n }) => toNumber(n)), 'aim'],
      rows: Object.keys(grown[0]?.rss_mb ?? {}).map((name) => [
        name,
        ...grown.map(({ rss_mb }) => String(rss_mb[name] ?? '')),
        '≤ 200',
      ]),
    },
  ],
  toPlots(grown) {
    if (grown.length < 2) return [];
    const title = 'Seconds of a task, by its subtasks';
    const points = grown.map(({ n, seconds }): [number, number] => [n, seconds]);
    return [{ file: 'growth.svg', title, svg: toLine(title, points) }];
  },
};
