/** A private Redis. It keeps nothing on disk: what it holds here is a cache and live messages, rebuilt from the store. */
import { connect } from 'node:net';
import { type Engine, type TlsFiles, toEngine } from './engine';
import { findFreePort } from './free-port';
import { createPrivateProcess } from './private-process';
import { findRedisServer } from './programs';

export async function createRedisEngine(dir: string, tls?: TlsFiles): Promise<Engine> {
  const server = findRedisServer();
  if (!server) throw new Error('Redis is not installed: run node deploy/local/setup.mjs');
  const port = await findFreePort();
  const tlsPort = tls && (await findFreePort());
  const redis = createPrivateProcess({
    name: 'redis',
    dir,
    command: server,
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', dir],
      ...(tls ? ['--tls-port', String(tlsPort), '--tls-ca-cert-file', tls.ca] : []),
      ...(tls ? ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key] : []),
    ],
    isReady: () => ping(port),
    readyTimeoutMs: 20_000,
    stopGraceMs: 5_000,
  });
  const urls = {
    url: `redis://127.0.0.1:${port}`,
    ...(tls && { tls_url: `rediss://127.0.0.1:${tlsPort}` }),
  };
  return toEngine('redis', urls, redis);
}

function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer to PING')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('connection closed')));
    socket.once('data', (answer) => {
      if (answer.toString().startsWith('+PONG')) resolve();
      else reject(new Error(answer.toString().trim()));
      socket.destroy();
    });
  });
}
