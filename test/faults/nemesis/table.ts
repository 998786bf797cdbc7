import { getKinds, type SetUp } from './plan';
import type { SeedFigures } from './run-seed';

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const countFaults = ({ faults }: SeedFigures) => sum(Object.values(faults));
const toSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

export function toSummary(runs: readonly SeedFigures[], setUp: SetUp) {
  const total = (field: 'confirmed' | 'replayed' | 'lost' | 'double_counted' | 'not_completed') =>
    sum(runs.map((run) => run[field]));
  const most = (field: 'worst_progress_ms' | 'worst_ready_ms' | 'slowest_end_ms' | 'largest_updater_mb') =>
    Math.max(0, ...runs.map((run) => run[field]));
  return {
    set_up: setUp,
    seeds: runs.map(({ seed }) => seed),
    faults: Object.fromEntries(getKinds(setUp).map((kind) => [kind, sum(runs.map(({ faults }) => faults[kind] ?? 0))])),
    confirmed: total('confirmed'),
    replayed: total('replayed'),
    lost: total('lost'),
    double_counted: total('double_counted'),
    not_completed: total('not_completed'),
    worst_progress_ms: most('worst_progress_ms'),
    worst_ready_ms: most('worst_ready_ms'),
    slowest_end_ms: most('slowest_end_ms'),
    largest_updater_mb: most('largest_updater_mb'),
    limited: {
      starts: sum(runs.map(({ limited }) => limited.starts)),
      most_starts: Math.max(0, ...runs.map(({ limited }) => limited.most_starts)),
      most_at_once: Math.max(0, ...runs.map(({ limited }) => limited.most_at_once)),
    },
    ruled: {
      connections: sum(runs.map(({ ruled }) => ruled.connections)),
      held: sum(runs.map(({ ruled }) => ruled.held)),
      latest_ms: Math.max(0, ...runs.map(({ ruled }) => ruled.latest_ms)),
    },
    violations: sum(runs.map(({ violations }) => violations.length)),
    failed_seeds: runs.filter(({ violations }) => violations.length > 0).map(({ seed }) => seed),
  };
}

export const toLine = (run: SeedFigures): string =>
  [
    `seed ${run.seed}: ${countFaults(run)} faults`,
    `${run.confirmed} confirmed, ${run.lost} lost, ${run.double_counted} counted twice`,
    `recovery ${toSeconds(Math.max(run.worst_progress_ms, run.worst_ready_ms))}`,
    `${run.violations.length} violations`,
    `${run.seconds} s`,
  ].join(', ');

export function toTable(runs: readonly SeedFigures[], setUp: SetUp): string {
  const { seeds, faults, violations, failed_seeds, ...summary } = toSummary(runs, setUp);
  const rows: [string, string | number][] = [
    [`seeds on ${setUp}`, seeds.length],
    ['faults', sum(Object.values(faults))],
    ...Object.entries(faults).map(([kind, count]): [string, number] => [`  ${kind}`, count]),
    ['confirmed to publishers', summary.confirmed],
    ['replayed at the end', summary.replayed],
    ['lost', summary.lost],
    ['counted twice', summary.double_counted],
    ['not completed, of what nobody cancelled', summary.not_completed],
    ['worst recovery: progress after a fault', toSeconds(summary.worst_progress_ms)],
    ['worst recovery: all ready after the last', toSeconds(summary.worst_ready_ms)],
    ["slowest news of a task's end", toSeconds(summary.slowest_end_ms)],
    ['largest updater, MB', summary.largest_updater_mb],
    ['scans under the limit', summary.limited.starts],
    ['  most that started in 10 s', summary.limited.most_starts],
    ['  most at once', summary.limited.most_at_once],
    ['connections of tasks under rules', summary.ruled.connections],
    ['  rules that held something up', summary.ruled.held],
    ['  latest that began under one', toSeconds(summary.ruled.latest_ms)],
    ['violations', violations],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, figure]) => `${what.padEnd(width)}  ${String(figure).padStart(8)}`).join('\n');
}
