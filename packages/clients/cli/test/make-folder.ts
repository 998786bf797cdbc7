import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A fresh empty folder, gone when the test file has ended. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cyberstroll-cli-'));
  made.push(folder);
  return folder;
}
