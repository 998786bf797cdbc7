import { type FloodFigures, toThirds } from './figures';
import type { Observation } from './watch-system';

/** The figures as Markdown, as they stand in the operations guide. */
export function toTable(figures: FloodFigures): string {
  const { during, after, updates, applied_in_flood, flood_seconds, drain_seconds } = figures;
  const rows: [string, string | number, string | number][] = [
    ['', 'flood', 'recovery'],
    ['seconds', Math.round(flood_seconds), Math.round(drain_seconds)],
    ['updates offered per second', toOffered(figures), ''],
    [
      'updates applied per second',
      Math.round(applied_in_flood / flood_seconds),
      Math.round((updates - applied_in_flood) / drain_seconds),
    ],
    ['most messages waiting', during.backlog, after.backlog],
    ['POST /api/tasks', toCreates(during), toCreates(after)],
    ['reads of the task that failed', toReads(during), toReads(after)],
    ['frames to a subscriber', during.frames, after.frames],
    ...Object.keys(during.rss_mb).map((service): [string, string, string] => [
      `${service}: MB at first, at last, at most`,
      toMemory(during, service),
      toMemory(after, service),
    ]),
    ['applied, by the counters', applied_in_flood, `${figures.completed} of ${updates}`],
    ['applied, by a recount', '', `${figures.recounted} of ${updates}`],
  ];
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`);
  return [head, '| --- | --- | --- |', ...body, ''].join('\n');
}

const toOffered = ({ offered, sustained }: FloodFigures) =>
  `${Math.round(offered)}, ${(offered / sustained).toFixed(1)} times the ${Math.round(sustained)} sustained ` +
  'before, MongoDB as slow';

const toCreates = ({ creates }: Observation) =>
  Object.entries(creates)
    .map(([status, times]) => `${times} x ${status}`)
    .join(', ');

const toReads = ({ failed_reads, looks }: Observation) => `${failed_reads.length} of ${looks}`;

function toMemory({ rss_mb }: Observation, service: string): string {
  const series = rss_mb[service] ?? [];
  const { first, last } = toThirds(series);
  return `${first}, ${last}, ${Math.max(0, ...series)}`;
}
