import type { FanOutFigures } from './measure-fan-out';
import type { GrowthFigures } from './measure-growth';

export interface BenchFigures {
  n: number;
  subtasks_per_second: number;
  floor_subtasks_per_second: number;
  ratio: number;
  bullmq_jobs_per_second: number | null;
  peer_ratio: number | null;
  cpu_seconds_per_1000: number;
  cores: Record<string, number>;
  rss_mb: Record<string, number>;
  update_latency_ms: { p50: number; p99: number } | null;
  /** Of envelopes with one update each. */
  thin_updates_per_second: number | null;
  /** Answers by path, at 50 connections. */
  requests_per_second: Record<string, number>;
  fan_out: FanOutFigures | null;
  growth: GrowthFigures[];
}

/** The figures for people: each beside what it is measured against. */
export function toTable(figures: BenchFigures): string {
  const rows: Row[] = [['what', 'figure', 'aim'], ...toRows(figures)];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return `${rows.map(([what, figure, aim]) => `${what.padEnd(widths[0]!)}  ${figure.padStart(widths[1]!)}  ${aim}`.trimEnd()).join('\n')}\n`;
}

/** What, figure, aim. */
export type Row = [string, string, string];

export function toRows(figures: BenchFigures): Row[] {
  const { ratio, peer_ratio, update_latency_ms: latency } = figures;
  return [
    ['subtasks', String(figures.n), ''],
    ['whole path, subtasks/s', String(figures.subtasks_per_second), ''],
    ['floor, bare inserts/s', String(figures.floor_subtasks_per_second), ''],
    ['ratio to the floor', String(ratio), '≥ 0.6'],
    ['BullMQ, jobs/s', String(figures.bullmq_jobs_per_second ?? '-'), ''],
    ['ratio to BullMQ', String(peer_ratio ?? '-'), '≥ 1.5'],
    ['cpu seconds per 1000', String(figures.cpu_seconds_per_1000), ''],
    ['update latency p50, ms', String(latency?.p50 ?? '-'), ''],
    ['update latency p99, ms', String(latency?.p99 ?? '-'), '≤ 60'],
    ['one update per envelope, updates/s', String(figures.thin_updates_per_second ?? '-'), ''],
    ...Object.entries(figures.requests_per_second).map(
      ([path, rate]): Row => [
        `GET ${path} at 50 connections, answers/s`,
        String(rate),
        path.endsWith('/status') ? '≥ 2,000' : '',
      ],
    ),
    ...(figures.fan_out ? [toFanOutRow(figures.fan_out)] : []),
    ...figures.growth.map(toGrowthRow),
    ...Object.entries(figures.cores).map(([name, cores]): Row => [`${name}, cores`, String(cores), '']),
    ...Object.entries(figures.rss_mb).map(([service, mb]): Row => [`${service}, MB`, String(mb), '≤ 200']),
  ];
}

function toGrowthRow({ n, subtasks_per_second, exponent, rss_mb }: GrowthFigures): Row {
  const figure = `${Math.round(subtasks_per_second)}/s, ${rss_mb['state-updater']} MB`;
  return [
    `a task of ${n}, updater's memory`,
    figure,
    exponent === null ? '' : `≤ 200 MB; exponent ${exponent} of 0.95 to 1.05`,
  ];
}

const toFanOutRow = ({ subscribers, p50, p99 }: FanOutFigures): Row => [
  `${subscribers} subscribers of one task, p50 / p99, ms`,
  `${p50} / ${p99}`,
  '≤ 500',
];
