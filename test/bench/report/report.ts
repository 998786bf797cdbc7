import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import type { AllFigures, Part, PartName } from '../part';
import { PARTS } from '../parts';
import type { BenchRun } from '../run-parts';
import { toMarkdownTable } from './table';

const ROOT = join(__dirname, '../../../..');
const PAGE = join(ROOT, 'docs/performance.md');
const PLOTS = 'performance';
const BEGIN = '<!-- begin: npm run bench -- --report -->';
const END = '<!-- end -->';

/** Writes the figures of this run into `docs/performance.md`, between its two marks, with plots beside it. */
export function writeReport(run: BenchRun, command: string): void {
  const dir = join(ROOT, 'docs', PLOTS);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  // A profile is for the one who runs it.
  const names = (Object.keys(PARTS) as PartName[]).filter(
    (name) => name !== 'profile' && (name in run.figures || name in run.failures),
  );
  const section = [
    BEGIN,
    `\`${command}\`, ${new Date().toISOString().slice(0, 10)}, on ${toMachine()}:`,
    ...names.flatMap((name) => toSection(name, PARTS[name] as Part<AllFigures[PartName]>, run, dir)),
    END,
  ].join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} does not have the marks ${BEGIN} and ${END}`);
  writeFileSync(PAGE, page.slice(0, begin) + section + page.slice(end + END.length));
}

function toSection(name: PartName, part: Part<AllFigures[PartName]>, run: BenchRun, dir: string): string[] {
  const figures = run.figures[name];
  const title = `### ${part.title.replace(/^./, (first) => first.toUpperCase())}`;
  if (!figures) return [title, `Failed: ${run.failures[name]}`];
  const plots = part.toPlots?.(figures, run.figures) ?? [];
  for (const { file, svg } of plots) writeFileSync(join(dir, file), svg);
  return [
    title,
    ...part.toTables(figures, run.figures).map(toMarkdownTable),
    ...plots.map((plot) => `![${plot.title}](${PLOTS}/${plot.file})`),
  ];
}

function toMachine(): string {
  const cores = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0]?.model.trim()}), ${gigabytes} GiB, Node ${process.versions.node}`;
}
