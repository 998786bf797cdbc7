import { MAX_SERVICES, type PortResult } from '@cyberstroll/contracts';
import type { ScanFunction } from '@cyberstroll/scanner-sdk';
import { type PortAnswer, toScanResult } from '../core/to-scan-result';
import { type ConnectScannerOptions, refuseUnreachable } from './connect-scanner';
import { probeEach } from './probe-each';
import { probePort } from './probe-port';
import { readPage } from './read-page';

/**
 * Finds web servers: of each open port the status and title of its first page, its server, and its certificate. Each
 * port is asked by TLS first, and in plain HTTP if it does not speak TLS. Redirects are not followed: they may lead to
 * another address. What is open and answers neither is reported as an open port.
 */
export function createHttpScanner(options: ConnectScannerOptions): ScanFunction {
  const { portConcurrency, connectTimeoutMs, bannerTimeoutMs } = options;
  return async ({ ip, ports }, context) => {
    const { clock } = context;
    const pages: PortResult[] = [];
    const probes = await probeEach(ports, portConcurrency, context, async (port, signal) => {
      const probe = await probePort(ip, port, { connectTimeoutMs, bannerTimeoutMs, signal, clock });
      if (!('open' in probe) || !probe.open) return probe;
      const asked = { ip, port, timeoutMs: connectTimeoutMs + bannerTimeoutMs, signal, clock };
      const page = (await readPage({ ...asked, isTls: true })) ?? (await readPage({ ...asked, isTls: false }));
      if (page) pages.push(page);
      return probe;
    });
    refuseUnreachable(ip, probes);
    const result = toScanResult(probes.filter((probe): probe is PortAnswer => 'open' in probe));
    const byPort = new Map(pages.map((page) => [page.port, page]));
    const reported = result.open_ports.map((port) => byPort.get(port) ?? toOpen(port)).slice(0, MAX_SERVICES);
    return { ...result, services: [], ports: reported };
  };
}

const toOpen = (port: number): PortResult => ({ port, protocol: 'tcp', state: 'open' });
