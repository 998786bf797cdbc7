import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Component, createComponent } from './component';
import type { Registry } from './metrics';
import { within } from './within';

/** Throws, or rejects, where a dependency is not usable. Must answer within a second or so. */
export type ReadinessCheck = () => Promise<void> | void;

export interface Readiness {
  /** From here on `/readyz` says 503: called first when a service stops. */
  drain(): void;
  /** `{status, checks: {<name>: 'ok' | <what is wrong>}}`. */
  report(): Promise<{ ready: boolean; checks: Record<string, string> }>;
}

export function createReadiness(checks: Record<string, ReadinessCheck>, timeoutMs = 1_000): Readiness {
  let draining = false;
  const ask = async (check: ReadinessCheck): Promise<string> => {
    try {
      await within((async () => check())(), timeoutMs, () => new Error('no answer'));
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return {
    drain() {
      draining = true;
    },
    async report() {
      const names = Object.keys(checks);
      const answers = await Promise.all(names.map((name) => ask(checks[name]!)));
      const result = Object.fromEntries(names.map((name, i) => [name, answers[i]!]));
      if (draining) result['service'] = 'draining';
      return { ready: Object.values(result).every((answer) => answer === 'ok'), checks: result };
    },
  };
}

/** Answers `/livez` (the process only), `/readyz` (each dependency) and `/metrics`; undefined for every other path. */
export function createHealthHandler(
  readiness: Readiness,
  metrics: Registry,
): (path: string) => Promise<HealthAnswer> | undefined {
  const json = (status: number, body: unknown): HealthAnswer => ({
    status,
    type: 'application/json',
    body: JSON.stringify(body),
  });
  return (path) => {
    if (path === '/livez') return Promise.resolve(json(200, { status: 'ok' }));
    if (path === '/readyz') {
      return readiness
        .report()
        .then(({ ready, checks }) => json(ready ? 200 : 503, { status: ready ? 'ok' : 'unavailable', checks }));
    }
    if (path === '/metrics') {
      return metrics.metrics().then(
        (body) => ({ status: 200, type: metrics.contentType, body }),
        // The path asks for no key: what went wrong is nobody's business there.
        () => ({ status: 500, type: 'text/plain', body: 'metrics cannot be read' }),
      );
    }
    return undefined;
  };
}

export interface HealthAnswer {
  status: number;
  type: string;
  body: string;
}

export interface HttpComponent extends Component {
  readonly server: Server;
  /** The port bound, known once started. */
  port(): number;
}

/**
 * A service's HTTP server: the health paths, then `listener` (404 without one). Stopping it turns readiness off first,
 * then closes the listening socket and lets open requests end.
 */
export function createHttpServer(options: {
  host: string;
  port: number;
  readiness: Readiness;
  metrics: Registry;
  listener?: RequestListener;
}): HttpComponent {
  const health = createHealthHandler(options.readiness, options.metrics);
  const server = createServer((request, response) => {
    const answer = request.method === 'GET' ? health(request.url?.split('?')[0] ?? '') : undefined;
    if (answer) {
      void answer.then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
    } else if (options.listener) {
      options.listener(request, response);
    } else {
      response.writeHead(404).end();
    }
  });
  return {
    ...createComponent('http', {
      start: () =>
        new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(options.port, options.host, () => {
            server.off('error', reject);
            resolve();
          });
        }),
      stop: () =>
        new Promise<void>((resolve) => {
          options.readiness.drain();
          server.close(() => resolve());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), 2_000).unref();
        }),
    }),
    server,
    port: () => (server.address() as AddressInfo | null)?.port ?? 0,
  };
}
