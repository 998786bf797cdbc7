import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../e2e/test-stack';
import type { Rig } from '../rig/rig';
import type { SeedRun } from './run-seed';

/**
 * Writes all that is known of a run to `.local/faults/<seed>/`: plan, report, dumps, dead letters, ledger, what was
 * published, logs. Returns where.
 */
export function keepEvidence({ plan, figures, evidence }: SeedRun, { dir: stackDir, recordsDir }: Rig): string {
  const dir = join(ROOT, '.local/faults', String(figures.seed));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const write = (name: string, value: unknown) => writeFileSync(join(dir, name), `${JSON.stringify(value, null, 1)}\n`);
  write('plan.json', plan);
  write('report.json', figures);
  if (evidence) {
    const { tasks, midway = [], replayed = [], deadLetters, calm } = evidence;
    write('dumps.json', { tasks, midway, replayed, calm });
    write('dead-letters.json', deadLetters);
  }
  cpSync(join(stackDir, 'ledger.jsonl'), join(dir, 'ledger.jsonl'));
  cpSync(recordsDir, join(dir, 'published'), { recursive: true });
  cpSync(join(stackDir, '.local/logs'), join(dir, 'logs'), { recursive: true });
  return dir;
}
