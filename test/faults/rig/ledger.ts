import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { LedgerEntry } from '../checker/evidence';

/** What publishers and subscribers saw, one JSON line each, written before anything else happens. */
export interface Ledger {
  write(entry: LedgerEntry): void;
  read(): LedgerEntry[];
}

export function createLedger(file: string): Ledger {
  return {
    write: (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`),
    read() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
      return lines.map((line) => JSON.parse(line) as LedgerEntry);
    },
  };
}
