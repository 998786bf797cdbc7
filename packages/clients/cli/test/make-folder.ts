import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
// Not in `afterAll`: a worker loads this module once for all of its test files.
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

let empty: string | undefined;

/** One empty folder for all commands that write nothing: a worker that ends has half a second to remove its folders. */
export function shareFolder(): string {
  empty ??= makeFolder();
  return empty;
}

/** A fresh empty folder, gone when the process has ended. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cyberstroll-cli-'));
  made.push(folder);
  return folder;
}
