import type { Sight } from './watch-system';

export interface FloodFigures {
  /** Updates per second: what the slow system applies, and what it was offered. */
  sustained: number;
  offered: number;
  updates: number;
  flood_seconds: number;
  /** From the recovery of MongoDB until all is applied and a subscriber knows. */
  drain_seconds: number;
  during: Sight;
  after: Sight;
  status: string;
  completed: number;
}

export const isExact = ({ status, completed, updates }: FloodFigures) =>
  status === 'COMPLETED' && completed === updates;

export function toTable(figures: FloodFigures): string {
  const { during, after } = figures;
  const toCreates = ({ creates }: Sight) =>
    Object.entries(creates)
      .map(([status, times]) => `${times} x ${status}`)
      .join(', ');
  const rows: [string, string | number, string | number][] = [
    ['what', 'flood', 'recovery'],
    ['seconds', Math.round(figures.flood_seconds), Math.round(figures.drain_seconds)],
    ['updates/s offered', Math.round(figures.offered), '-'],
    ['times the sustained rate', (figures.offered / figures.sustained).toFixed(1), '-'],
    ['updates/s applied', Math.round(figures.sustained), Math.round(figures.updates / figures.drain_seconds)],
    ['most messages waiting', during.backlog, after.backlog],
    ['POST /api/tasks', toCreates(during), toCreates(after)],
    ['reads of the task that failed', during.failed_reads, after.failed_reads],
    ['frames to a subscriber', during.frames, after.frames],
    ...Object.keys(during.rss_mb).map((service): [string, number, number] => {
      return [`${service}, MB`, during.rss_mb[service]!, after.rss_mb[service] ?? 0];
    }),
    ['applied of all', '-', `${figures.completed} of ${figures.updates}`],
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const toLine = (row: (string | number)[]) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]!) : String(cell).padStart(widths[i]!))).join('  ');
  return `${rows.map(toLine).join('\n')}\n`;
}
