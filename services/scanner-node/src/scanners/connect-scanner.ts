import { ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { type PortAnswer, toScanResult } from '../core/to-scan-result';
import { probeEach } from './probe-each';
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
  return async ({ ip, ports }, context) => {
    const probes = await probeEach(ports, portConcurrency, context, (port, signal) =>
      probePort(ip, port, { connectTimeoutMs, bannerTimeoutMs, signal, clock: context.clock }),
    );
    refuseUnreachable(ip, probes);
    return toScanResult(probes.filter((probe): probe is PortAnswer => 'open' in probe));
  };
}

/** Throws a ScanError if no port has a route. */
export function refuseUnreachable(ip: string, probes: readonly Probe[]): void {
  if (!probes.every((probe) => 'silent' in probe && probe.silent === 'unreachable')) return;
  throw new ScanError('NETWORK_UNREACHABLE', `no route to ${ip}`);
}
