import { setMaxListeners } from 'node:events';
import { ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { type PortAnswer, toScanResult } from '../core/to-scan-result';
import { type Probe, probePort } from './probe-port';

export interface ConnectScannerOptions {
  /** Ports of one address tried at once. */
  portConcurrency: number;
  connectTimeoutMs: number;
  bannerTimeoutMs: number;
}

/**
 * A TCP connect scan: needs no right beyond opening sockets. Refused and unanswered ports are not open; an address of which
 * every port is unreachable fails with NETWORK_UNREACHABLE; trouble of this node fails the whole scan at once.
 */
export function createConnectScanner(options: ConnectScannerOptions): ScanFunction {
  const { portConcurrency, connectTimeoutMs, bannerTimeoutMs } = options;
  return async ({ ip, ports }, { signal, progress, clock }) => {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    setMaxListeners(0, either);
    const probes: Probe[] = [];
    let next = 0;

    async function probeOn() {
      while (next < ports.length && !either.aborted) {
        const port = ports[next++]!;
        probes.push(await probePort(ip, port, { connectTimeoutMs, bannerTimeoutMs, signal: either, clock }));
        progress((100 * probes.length) / ports.length);
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(portConcurrency, ports.length) }, probeOn));
    } catch (error) {
      failed.abort();
      throw error;
    }
    signal.throwIfAborted();
    if (probes.every((probe) => 'silent' in probe && probe.silent === 'unreachable')) {
      throw new ScanError('NETWORK_UNREACHABLE', `no route to ${ip}`);
    }
    return toScanResult(probes.filter((probe): probe is PortAnswer => 'open' in probe));
  };
}
