import type { RequestListener, Server } from 'node:http';
import { type Component, createComponent, createGroup } from './component';
import type { BaseConfig } from './config';
import { createHttpServer, createReadiness, type ReadinessCheck } from './health';
import { createMetrics, type Registry } from './metrics';
import { addReadyGauge } from './ready-gauge';

export interface Service extends Component {
  readonly server: Server;
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
}): Service {
  const { name, config, parts, metrics = createMetrics(options.name), listener } = options;
  const readiness = createReadiness(options.checks);
  addReadyGauge(metrics, readiness);
  const http = createHttpServer({
    host: config.HTTP_HOST,
    port: config.HTTP_PORT,
    readiness,
    metrics,
    ...(listener && { listener }),
  });
  const draining = createComponent('readiness', { stop: () => readiness.drain() });
  return { ...createGroup(name, [http, ...parts, draining]), server: http.server, metrics, port: http.port };
}
