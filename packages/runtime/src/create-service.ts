import type { RequestListener } from 'node:http';
import { type Component, createComponent, createGroup } from './component';
import type { BaseConfig } from './config';
import { createReadiness, type ReadinessCheck } from './health';
import { createHttpServer, type UpgradeListener } from './http-server';
import { addReadyGauge, createMetrics, type Registry } from './metrics';

export interface Service extends Component {
  /** What `/metrics` tells. */
  readonly metrics: Registry;
  /** The HTTP port bound, known once started. */
  port(): number;
}

/**
 * A service: its parts, in the order of their start, and around them an HTTP server with health and metrics. The server
 * is there first and goes last, so that `/livez` and `/readyz` tell of a long start and of the draining; readiness goes
 * first.
 */
export function createService(options: {
  name: string;
  config: Pick<BaseConfig, 'HTTP_HOST' | 'HTTP_PORT'>;
  /** What must be usable, by dependency. */
  checks: Record<string, ReadinessCheck>;
  parts: readonly Component[];
  metrics?: Registry;
  /** Answers every path but health and metrics. */
  listener?: RequestListener;
  /** Takes requests that ask for another protocol. */
  upgrade?: UpgradeListener;
}): Service {
  const { name, config, parts, metrics = createMetrics(options.name), listener, upgrade } = options;
  const readiness = createReadiness(options.checks);
  addReadyGauge(metrics, readiness);
  const http = createHttpServer({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    readiness,
    metrics,
    listener,
    upgrade,
  });
  const draining = createComponent('readiness', { stop: () => readiness.drain() });
  return { ...createGroup(name, [http, ...parts, draining]), metrics, port: http.port };
}
