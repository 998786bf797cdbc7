import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { toRefusal } from '@cyberstroll/contracts';
import { createHealthHandler, type Readiness } from '../health/health';
import type { Registry } from '../health/metrics';
import { type Component, createComponent } from '../lifecycle/component';
import { answerFaults, findHostFault, REQUEST_WITHIN_MS } from './http-faults';
import { refuseRequest, refuseSocket } from './refusal';

export interface HttpComponent extends Component {
  /** The port in use, known once started. */
  port(): number;
}

/** Takes over the socket of a request that asks for another protocol. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const NOT_FOUND = toRefusal('route_not_found');
const HEALTH_READS_ONLY = toRefusal('method_not_allowed', {
  detail: 'allowed: GET, HEAD',
  headers: { allow: 'GET, HEAD' },
});

/** Between two looks for requests that have not arrived in time. An idle process is woken by each. */
const CHECK_OPEN_MS = 2_000;

/**
 * How long a connection stays open without a request. Load balancers keep theirs for a minute: the side that sends
 * requests is the one that closes, so that none meets a connection that is just being closed.
 */
const KEEP_ALIVE_MS = 75_000;

/**
 * A service's HTTP server: the health paths, then `listener` (404 without one), and `upgrade` for requests that ask
 * for another protocol. Every error is a problem (RFC 9457). A request that has not arrived with its body within 10 s
 * gets 408 and is disconnected. A connection stays open for 75 s without a request. Stopping first turns readiness off,
 * then closes the listening socket, and lets open requests finish.
 */
export function createHttpServer(options: {
  host: string;
  port: number;
  readiness: Readiness;
  metrics: Registry;
  listener?: RequestListener | undefined;
  upgrade?: UpgradeListener | undefined;
}): HttpComponent {
  const { readiness, listener, upgrade } = options;
  const findHealth = createHealthHandler(readiness, options.metrics);
  const responses = new WeakMap<Duplex, ServerResponse>();
  const server = createServer({
    requestTimeout: REQUEST_WITHIN_MS,
    headersTimeout: REQUEST_WITHIN_MS,
    connectionsCheckingInterval: CHECK_OPEN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node would refuse the request without a body. `findHostFault` checks it instead.
    requireHostHeader: false,
  });
  answerFaults(server, (socket) => responses.get(socket));

  server.on('request', (request, response) => {
    responses.set(request.socket, response);
    const fault = findHostFault(request);
    if (fault) return refuseRequest(response, { ...fault, headers: { connection: 'close' } });
    const health = findHealth(request.url?.split('?')[0] ?? '');
    if (health && request.method !== 'GET' && request.method !== 'HEAD') {
      return refuseRequest(response, HEALTH_READS_ONLY);
    }
    if (health) {
      void health().then((answer) => {
        if ('code' in answer) refuseRequest(response, answer);
        else response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
      });
    } else if (listener) {
      listener(request, response);
    } else {
      refuseRequest(response, NOT_FOUND);
    }
  });
  if (upgrade) {
    server.on('upgrade', (request, socket, head) => {
      const fault = findHostFault(request);
      if (fault) refuseSocket(socket, fault);
      else upgrade(request, socket, head);
    });
  }

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
          readiness.drain();
          server.close(() => resolve());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), 2_000).unref();
        }),
    }),
    port: () => (server.address() as AddressInfo | null)?.port ?? 0,
  };
}
