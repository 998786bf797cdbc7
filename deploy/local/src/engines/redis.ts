/**
 * A private Redis. It keeps nothing on disk: what it holds here is a cache and live messages, rebuilt from the store.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findRedisServer } from '../../setup/programs.cjs';
import { type Engine, type TlsFiles, toEngine } from './engine';
import { findFreePort } from './free-port';
import { createPrivateProcess, type PrivateProcess } from './private-process';

export interface RedisEngineOptions {
  tls?: TlsFiles;
  /** More of redis-server's command line, after its own: `['--replicaof', '127.0.0.1 6379']`. */
  args?: readonly string[];
}

export async function createRedisEngine(dir: string, { tls, args = [] }: RedisEngineOptions = {}): Promise<Engine> {
  const port = await findFreePort();
  const tlsPort = tls && (await findFreePort());
  const urls = {
    url: `redis://127.0.0.1:${port}`,
    ...(tls && { tls_url: `rediss://127.0.0.1:${tlsPort}` }),
  };
  const server = createServer(dir, port, [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    dir,
    ...(tls ? ['--tls-port', String(tlsPort), '--tls-ca-cert-file', tls.ca] : []),
    ...(tls ? ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key] : []),
    ...args,
  ]);
  return toEngine('redis', urls, server);
}

/** A sentinel, with its file under `dir`, where it also writes what it learns. `lines` say what it watches. */
export async function createSentinelEngine(dir: string, lines: readonly string[]): Promise<Engine> {
  const port = await findFreePort();
  const file = join(dir, 'sentinel.conf');
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, ['bind 127.0.0.1', `port ${port}`, `dir ${dir}`, ...lines, ''].join('\n'), { mode: 0o600 });
  return toEngine('redis', { url: `redis://127.0.0.1:${port}` }, createServer(dir, port, [file, '--sentinel']));
}

function createServer(dir: string, port: number, args: string[]): PrivateProcess {
  const command = findRedisServer();
  if (!command) throw new Error('Redis is not installed: run node deploy/local/setup.mjs');
  const isReady = () => ping(port);
  return createPrivateProcess({
    name: 'redis',
    dir,
    command,
    args,
    isReady,
    readyTimeoutMs: 90_000,
    stopGraceMs: 5_000,
  });
}

/** One that asks for a password first answers, too. */
function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer to PING')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('connection closed')));
    socket.once('data', (answer) => {
      if (/^(\+PONG|-NOAUTH)/.test(answer.toString())) resolve();
      else reject(new Error(answer.toString().trim()));
      socket.destroy();
    });
  });
}
