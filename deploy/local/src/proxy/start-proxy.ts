/**
 * One origin for the dashboard, the API and the WebSockets, as a browser needs it: a reverse proxy on loopback. Bodies,
 * streams and WebSockets pass as they come. A service that does not answer is answered for by a problem (RFC 9457).
 * Health and metrics, which ask for no key, are not served here.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { toRefusal } from '@cyberstroll/contracts';
import { refuseRequest, refuseSocket } from '@cyberstroll/runtime';
import { createProxyServer } from 'httpxy';

export interface ProxyRoute {
  /** Paths that begin so. */
  prefix: string;
  service: string;
  /** Of its replicas. */
  urls: readonly string[];
}

export interface ProxyOptions {
  port: number;
  /** The first that fits counts. */
  routes: readonly ProxyRoute[];
  /** How long a service may send nothing before it has answered, or in the midst of its answer, in milliseconds. */
  silenceMs?: number;
}

export interface ReverseProxy {
  url: string;
  /** Ends what passes, too. */
  close(): Promise<void>;
}

const INSIDE = new Set(['/livez', '/readyz', '/metrics']);
const NOT_SERVED = toRefusal('route_not_found', { detail: 'health and metrics are not served here' });
/** Above the 35 s in which task-api answers at the latest, and the 15 s between signs of life of its streams. */
const SILENCE_MS = 60_000;

/** Resolves when it listens on this port of 127.0.0.1. */
export async function startProxy({ port, routes, silenceMs = SILENCE_MS }: ProxyOptions): Promise<ReverseProxy> {
  // Without keep-alive to the services: a request on a kept connection is lost if the service closes it just then.
  const proxy = createProxyServer({ agent: false, proxyTimeout: silenceMs, upgradeTimeout: silenceMs });
  // Which is between these two only.
  proxy.on('proxyRes', ({ headers }) => void delete headers.connection);
  // At once: the library then closes the socket of an upgrade.
  proxy.on('error', (_error, request, client) => request && client && answerFor(request, client));
  /** What speaks WebSocket by now, and no HTTP any more. */
  const upgraded = new WeakSet<object>();
  proxy.on('proxyReqWs', (asking, _request, socket) => asking.once('upgrade', () => upgraded.add(socket)));

  const findRoute = ({ url = '' }: IncomingMessage) => routes.find(({ prefix }) => url.startsWith(prefix));
  let turn = 0;

  async function findTarget(request: IncomingMessage): Promise<string | undefined> {
    const target = await findReplica(findRoute(request)?.urls ?? [], turn++);
    addForwarded(request);
    return target;
  }

  /** The service did not. */
  function answerFor(request: IncomingMessage, client: ServerResponse | Socket): void {
    const refusal = toRefusal('unavailable', {
      detail: `${findRoute(request)?.service ?? 'the service'} does not answer; it is being started, or see its log`,
      headers: { connection: 'close' },
    });
    if (upgraded.has(client) || ('headersSent' in client && client.headersSent)) client.destroy();
    else if ('headersSent' in client) refuseRequest(client, refusal);
    else refuseSocket(client, refusal);
  }

  const server = createServer(async (request, response) => {
    if (INSIDE.has(request.url?.split('?', 1)[0] ?? '')) return refuseRequest(response, NOT_SERVED);
    const target = await findTarget(request);
    if (target) await proxy.web(request, response, { target }).catch(() => response.destroy());
    else answerFor(request, response);
  });
  server.on('upgrade', async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const target = await findTarget(request);
    if (target) await proxy.ws(request, socket, { target }, head).catch(() => socket.destroy());
    else answerFor(request, socket);
  });

  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * X-Forwarded-For: the client's address after what it sent itself: TRUST_PROXY=1 reads only what was added here.
 */
function addForwarded({ headers, socket }: IncomingMessage): void {
  headers['x-forwarded-for'] = [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(', ');
  headers['x-forwarded-host'] = headers.host;
  headers['x-forwarded-proto'] = 'http';
}

const ASK_WITHIN_MS = 1_000;

/**
 * Of the replicas of a service, by their URLs, the first that is ready; if none is, the first that answers at all;
 * else undefined. One that has no other beside it is not asked. `turn` counts requests, so that replicas take turns.
 */
async function findReplica(urls: readonly string[], turn: number): Promise<string | undefined> {
  if (urls.length < 2) return urls[0];
  const first = turn % urls.length;
  let running: string | undefined;
  for (const url of [...urls.slice(first), ...urls.slice(0, first)]) {
    const status = await askReadiness(url);
    if (status === 200) return url;
    if (status !== undefined) running ??= url;
  }
  return running;
}

async function askReadiness(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
