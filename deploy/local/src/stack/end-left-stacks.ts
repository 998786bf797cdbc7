import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftEngines } from '../engines/end-left-engines';
import type { Log } from '../engines/engine';
import { removeFolder } from '../remove-folder';
import { endLeftStack } from './process-ledger';

const PREFIX = 'cyberstroll-e2e-';

/** A new folder for the stack of a test, which is in `.local` there. */
export const makeStackFolder = (): string => mkdtempSync(join(tmpdir(), PREFIX));

/** Ends the stacks of tests that were killed, in `parent`, and removes their folders. Those that are in use stay. */
export async function endLeftStacks(log: Log, parent: string): Promise<void> {
  const names = readdirSync(parent).filter((name) => name.startsWith(PREFIX));
  for (const dir of names.map((name) => join(parent, name))) {
    const ledger = join(dir, '.local/pids.json');
    // One that is only just made, or was kept, has none.
    if (!existsSync(ledger)) continue;
    try {
      await endLeftStack(ledger, log);
      await endLeftEngines(join(dir, '.local/engines'));
    } catch {
      // It is in use, or another user's.
      continue;
    }
    await removeFolder(dir);
  }
}
