import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { endLeftEngines } from '../engines/end-left-engines';
import type { Log } from '../engines/engine';
import { removeFolder } from '../remove-folder';
import { endLeftStack } from './process-ledger';

/** How the folder of each stack of a test begins; its stack is in `.local` there. */
export const TEST_STACKS = join(tmpdir(), 'cyberstroll-e2e-');

/** Ends the stacks of tests that were killed, and removes their folders. Those that are in use stay. */
export async function endLeftStacks(log: Log, prefix = TEST_STACKS): Promise<void> {
  const names = readdirSync(dirname(prefix)).filter((name) => name.startsWith(basename(prefix)));
  for (const dir of names.map((name) => join(dirname(prefix), name))) {
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
