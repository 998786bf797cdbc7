import { createMetrics, createService, type Logger, type Service, toTls } from '@cyberstroll/runtime';
import { createScannerNode, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { parseScope } from '@cyberstroll/targets';
import type { Config } from './config';
import { createConnectScanner } from './scanners/connect-scanner';
import { createHttpScanner } from './scanners/http-scanner';
import { createNmapScanner, isNmapInstalled } from './scanners/nmap-scanner';
import { createNoopScanner } from './scanners/noop-scanner';
import { createUdpScanner } from './scanners/udp-scanner';

export function createScannerNodeService(config: Config, logger: Logger): Service {
  const metrics = createMetrics('scanner-node');
  const scanners = createScanners(config);
  const node = createScannerNode({
    rabbitmqUrl: config.RABBITMQ_URL,
    tls: toTls(config),
    consumerTimeoutMs: config.RABBITMQ_CONSUMER_TIMEOUT_MS,
    nodeId: config.NODE_ID,
    pools: config.POOLS,
    capacity: config.CAPACITY,
    scope: parseScope(config.SCAN_SCOPE),
    scan: (target, context) => scanners[target.method]!(target, context),
    methods: Object.keys(scanners),
    version: '0.1.0',
    logger,
    metrics,
    heartbeatIntervalMs: config.HEARTBEAT_INTERVAL_MS,
    leaseMs: config.LEASE_MS,
    flushMs: config.FLUSH_MS,
    drainTimeoutMs: config.DRAIN_TIMEOUT_MS,
  });
  return createService({
    name: 'scanner-node',
    config,
    dependencies: { needs: { rabbitmq: () => node.check() } },
    parts: [node],
    metrics,
  });
}

/** By the method of a scan. */
function createScanners(config: Config): Record<string, ScanFunction> {
  if (config.SCANNER === 'noop') {
    const noop = createNoopScanner({ scanMs: config.SCAN_MS });
    return { connect: noop, http: noop, udp: noop, nmap: noop };
  }
  const tcp = {
    portConcurrency: config.PORT_CONCURRENCY,
    connectTimeoutMs: config.CONNECT_TIMEOUT_MS,
    bannerTimeoutMs: config.BANNER_TIMEOUT_MS,
  };
  return {
    connect: createConnectScanner(tcp),
    http: createHttpScanner(tcp),
    udp: createUdpScanner({ portConcurrency: config.PORT_CONCURRENCY, answerTimeoutMs: config.CONNECT_TIMEOUT_MS }),
    ...(isNmapInstalled() && { nmap: createNmapScanner() }),
  };
}
