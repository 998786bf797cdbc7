/**
 * `.local/pids.json`: every process of the stack that runs, with its start time, so that the next start finds and ends
 * what a crash left behind, and never anything else.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { getOwnIdentity, isAlive, type ProcessIdentity } from '@cyberstroll/runtime';
import type { Log } from '../engines/engine';
import { stopProcess } from '../stop-process';

export interface LedgerEntry extends ProcessIdentity {
  name: string;
}

interface Ledger {
  supervisor: ProcessIdentity;
  processes: LedgerEntry[];
}

export function writeLedger(file: string, processes: LedgerEntry[]): void {
  const ledger: Ledger = { supervisor: getOwnIdentity(), processes };
  writePrivateJson(file, ledger);
}

export function removeLedger(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Ends what is left of a stack whose supervisor is gone, last entry first (services before engines). Throws when the
 * supervisor lives: then the stack is not left over, but in use.
 */
export async function endLeftStack(file: string, log: Log): Promise<void> {
  let ledger: Ledger;
  try {
    ledger = JSON.parse(readFileSync(file, 'utf8')) as Ledger;
  } catch {
    return;
  }
  if (ledger.supervisor.pid !== process.pid && isAlive(ledger.supervisor)) {
    throw new Error(`a stack is running already, under process ${ledger.supervisor.pid}: stop it first`);
  }
  const left = ledger.processes.filter(isAlive);
  if (left.length > 0) log(`ending ${left.length} processes that a stack left behind when it crashed`);
  for (const entry of left.reverse()) await stopProcess(entry, { graceMs: 3_000, group: true });
  removeLedger(file);
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivateJson(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
