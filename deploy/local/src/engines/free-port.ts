import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const lowestPort = 15_000;

/**
 * A TCP port on 127.0.0.1 that is free now, and that no process of this user has been given before. It lies below the
 * range from which the kernel takes the source ports of outgoing connections: a port in that range can be taken while
 * its engine restarts, even by a client that connects to itself.
 */
export async function findFreePort(): Promise<number> {
  const span = lowestEphemeralPort() - lowestPort;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowestPort + Math.floor(Math.random() * span);
    if (reserve(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`no free port between ${lowestPort} and ${lowestPort + span}`);
}

/**
 * A file for each port that was given: an engine may need seconds before it listens. Not in TMPDIR: each run of tests
 * has one of its own.
 */
const folder = `/tmp/cyberstroll-ports-${userInfo().uid}`;
/** A process that was killed leaves its files behind. */
const KEEP_FOR_MS = 3_600_000;
const mine: string[] = [];

/** Once per process and port: true if no other process has it. */
function reserve(port: number): boolean {
  const file = join(folder, String(port));
  if (mine.length === 0) process.once('exit', giveBack);
  try {
    mkdirSync(folder, { recursive: true });
    closeSync(openSync(file, 'wx'));
    mine.push(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const { mtimeMs = Date.now() } = statSync(file, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > KEEP_FOR_MS) rmSync(file, { force: true });
    return false;
  }
}

function giveBack(): void {
  for (const file of mine) rmSync(file, { force: true });
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function lowestEphemeralPort(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return first > lowestPort + 5_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}
