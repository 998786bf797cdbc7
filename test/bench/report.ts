import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { toBars, toLine } from './plots';
import { type BenchFigures, toRows } from './table';

const ROOT = join(__dirname, '../../..');
const PAGE = join(ROOT, 'docs/performance.md');
const PLOTS = 'performance';
const BEGIN = '<!-- begin: npm run bench -- --report -->';
const END = '<!-- end -->';

/** Writes the figures of this run into `docs/performance.md`, between its two marks, with plots beside it. */
export function writeReport(figures: BenchFigures, command: string): void {
  const dir = join(ROOT, 'docs', PLOTS);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'cores.svg'), toBars('Cores in use while the task runs', figures.cores));
  const plots = [`![Cores in use while the task runs](${PLOTS}/cores.svg)`];
  if (figures.growth.length > 1) {
    const seconds = figures.growth.map(({ n, seconds }): [number, number] => [n, seconds]);
    writeFileSync(join(dir, 'growth.svg'), toLine('Seconds of a task, by its subtasks', seconds));
    plots.push(`![Seconds of a task, by its subtasks](${PLOTS}/growth.svg)`);
  }
  const rows = toRows(figures).map(([what, figure, aim]) => `| ${what} | ${figure} | ${aim} |`);
  const section = [
    BEGIN,
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, on ${toMachine()}:`,
    '',
    ...['| what | figure | aim |', '| --- | --- | --- |', ...rows],
    '',
    ...plots,
    END,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} does not have the marks ${BEGIN} and ${END}`);
  writeFileSync(PAGE, page.slice(0, begin) + section + page.slice(end + END.length));
}

function toMachine(): string {
  const cores = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0]?.model.trim()}), ${gigabytes} GiB, Node ${process.versions.node}`;
}
