import { connect, type Socket } from 'node:net';
import { type RunClock, ScanError } from '@cyberstroll/scanner-sdk';
import { MAX_BANNER_BYTES, toBanner, toHttpBanner } from '../core/banner';
import { toConnectFailure } from '../core/connect-failure';
import type { PortAnswer } from '../core/to-scan-result';
import { speaksHttp } from '../core/well-known-ports';

export interface ProbeOptions {
  connectTimeoutMs: number;
  /** Milliseconds that an open port may take to send its banner. */
  bannerTimeoutMs: number;
  signal: AbortSignal;
  clock: RunClock;
}

export type Probe = PortAnswer | { port: number; silent: 'filtered' | 'unreachable' };

/**
 * Connects to one port and reads its banner. If the port is silent and this process stalled for as long as the connect
 * time-out, it connects once more, because the answer may be lost. Throws a ScanError for an error of this node itself.
 * After an abort the port is `filtered`. Closes its socket in every case.
 */
export async function probePort(ip: string, port: number, options: ProbeOptions): Promise<Probe> {
  const { clock, connectTimeoutMs } = options;
  const stalledBefore = clock.stalledMs();
  const probe = await probeOnce(ip, port, options);
  const mayBeLost = 'silent' in probe && clock.stalledMs() - stalledBefore >= connectTimeoutMs;
  return mayBeLost ? probeOnce(ip, port, options) : probe;
}

function probeOnce(ip: string, port: number, options: ProbeOptions): Promise<Probe> {
  const { connectTimeoutMs, bannerTimeoutMs, signal, clock } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve({ port, silent: 'filtered' });
    const began = clock.now();
    const chunks: Buffer[] = [];
    let received = 0;
    let openAfterMs: number | undefined;
    const socket = connect({ host: ip, port });
    let stopTimer = clock.startTimer(connectTimeoutMs, () => settle({ port, silent: 'filtered' }));

    function end() {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
    }
    function settle(probe: Probe) {
      end();
      resolve(probe);
    }
    function settleOpen() {
      const said = Buffer.concat(chunks);
      const banner = speaksHttp(port) ? toHttpBanner(said) : toBanner(said);
      settle({ port, open: true, answerMs: openAfterMs!, banner });
    }
    const onAbort = () => settle({ port, silent: 'filtered' });
    signal.addEventListener('abort', onAbort, { once: true });

    socket.on('connect', () => {
      stopTimer();
      const answerMs = clock.now() - began;
      if (isSelfConnected(socket)) return settle({ port, open: false, answerMs, banner: '' });
      openAfterMs = answerMs;
      stopTimer = clock.startTimer(bannerTimeoutMs, settleOpen);
      if (speaksHttp(port)) socket.write(`HEAD / HTTP/1.0\r\nHost: ${ip.includes(':') ? `[${ip}]` : ip}\r\n\r\n`);
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received >= MAX_BANNER_BYTES || isWhole(port, chunks)) settleOpen();
    });
    socket.on('end', () => openAfterMs !== undefined && settleOpen());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The port is open, whatever goes wrong after the connect.
      if (openAfterMs !== undefined) return settleOpen();
      const failure = toConnectFailure(error.code);
      if (failure.about === 'node') {
        end();
        reject(
          new ScanError(failure.code, `connect to port ${port}: ${error.code ?? error.message}`, { cause: error }),
        );
      } else if (failure.state === 'closed' || failure.state === 'reset') {
        settle({ port, open: failure.state === 'reset', answerMs: clock.now() - began, banner: '' });
      } else {
        settle({ port, silent: failure.state });
      }
    });
  });
}

/**
 * For a connect to a free port of this machine, the kernel may choose that same port as the source. TCP's simultaneous
 * open then connects the socket to itself, although nothing listens there.
 */
const isSelfConnected = (socket: Socket): boolean =>
  socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;

function isWhole(port: number, chunks: readonly Buffer[]): boolean {
  const said = Buffer.concat(chunks);
  if (speaksHttp(port)) return said.includes('\r\n\r\n');
  return said.includes('\n') && toBanner(said) !== '';
}
