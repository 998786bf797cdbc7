import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../src/remove-folder';

/** Says that it began, and fills a folder for a second. */
const WRITER = `
  const fs = require('node:fs');
  const [dir] = process.argv.slice(1);
  const end = Date.now() + 1_000;
  for (let n = 0; Date.now() < end; n++) {
    fs.mkdirSync(dir, { recursive: true });
    try { fs.writeFileSync(dir + '/' + n, ''); } catch {}
    if (n === 0) fs.writeSync(1, 'begun');
  }
`;

it('removes a folder although a process that ends still writes there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'removed-'));
  const writer = spawn(process.execPath, ['-e', WRITER, join(dir, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(writer, 'exit');
  await once(writer.stdout, 'data');
  await removeFolder(dir);
  await ended;
  await removeFolder(dir);
  expect(existsSync(dir)).toBe(false);
});
