import { setMaxListeners } from 'node:events';
import { ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { type PortAnswer, toScanResult } from '../core/to-scan-result';
import { type Probe, probePort } from './probe-port';

export interface ConnectScannerOptions {
  /** Ports of one address that are probed at once. */
  portConcurrency: number;
  connectTimeoutMs: number;
  bannerTimeoutMs: number;
}

/**
 * A TCP connect scan; it needs no rights except to open sockets. A port that refuses or does not answer is not open. If
 * every port is unreachable, the scan fails with NETWORK_UNREACHABLE. An error of this node itself fails the whole scan
 * at once.
 */
export function createConnectScanner(options: ConnectScannerOptions): ScanFunction {
  const { portConcurrency, connectTimeoutMs, bannerTimeoutMs } = options;
  return async ({ ip, ports }, { signal, progress, clock }) => {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    setMaxListeners(0, either);
    const probes: Probe[] = [];
    let next = 0;

    async function probeNext() {
      while (next < ports.length && !either.aborted) {
        const port = ports[next++]!;
        probes.push(await probePort(ip, port, { connectTimeoutMs, bannerTimeoutMs, signal: either, clock }));
        progress((100 * probes.length) / ports.length);
      }
    }
    try {
      await Promise.all(Array.from({ length: Math.min(portConcurrency, ports.length) }, probeNext));
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
