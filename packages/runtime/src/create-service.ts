import type { RequestListener } from 'node:http';
import type { BaseConfig } from './config/config';
import { addReadyGauge, createReadiness, type Dependencies } from './health/health';
import { createMetrics, type Registry } from './health/metrics';
import { createHttpServer, type UpgradeListener } from './http/http-server';
import { type Component, createComponent, createGroup } from './lifecycle/component';

export interface Service extends Component {
  /** The metrics that `/metrics` shows. */
  readonly metrics: Registry;
  /** The HTTP port in use, known once started. */
  port(): number;
}

/**
 * A service: its parts, in the order of their start, with an HTTP server for health and metrics around them. The
 * server starts first and stops last, so that `/livez` and `/readyz` answer during a long start and while the service
 * drains. Readiness ends before everything else stops.
 */
export function createService(options: {
  name: string;
  config: Pick<BaseConfig, 'HTTP_HOST' | 'HTTP_PORT'>;
  dependencies: Dependencies;
  parts: readonly Component[];
  metrics?: Registry;
  /** Answers every path except health and metrics. */
  listener?: RequestListener;
  /** Handles requests that ask for another protocol. */
  upgrade?: UpgradeListener;
}): Service {
  const { name, config, parts, metrics = createMetrics(options.name), listener, upgrade } = options;
  const readiness = createReadiness(options.dependencies);
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
