import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import { AppError, createComponent, delay } from '@cyberstroll/runtime';
import { type WebSocket, WebSocketServer } from 'ws';

export type Sockets = ReturnType<typeof createSockets>;

const { goingAway } = WEBSOCKET_CLOSES;
/** Milliseconds that a client has to answer the close frame. One that reads nothing never does. */
const CLOSE_GRACE_MS = 2_000;
/** Largest message of a client, in bytes: it may name tasks. */
const MAX_PAYLOAD_BYTES = 4_096;

/** Closes a WebSocket, and destroys it if its client does not answer. */
export function closeSocket(socket: WebSocket, { code, reason }: { code: number; reason: string }): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}

/** The open WebSockets: pings them, disconnects those that do not answer, and closes all with 1001 when it stops. */
export function createSockets({ pingIntervalMs }: { pingIntervalMs: number }) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false });
  const silent = new WeakSet<WebSocket>();
  let pinger: NodeJS.Timeout | undefined;
  let draining = false;

  server.on('connection', (socket) => {
    socket.on('pong', () => silent.delete(socket));
    // On a client's protocol error ws closes the socket.
    socket.on('error', () => undefined);
  });

  function pingAll() {
    for (const socket of server.clients) {
      if (silent.has(socket)) {
        socket.terminate();
      } else {
        silent.add(socket);
        socket.ping();
      }
    }
  }

  return {
    ...createComponent('sockets', {
      start() {
        pinger = setInterval(pingAll, pingIntervalMs);
      },
      async stop() {
        draining = true;
        clearInterval(pinger);
        const allClosed = new AbortController();
        const checkClosed = () => server.clients.size === 0 && allClosed.abort();
        for (const socket of server.clients) {
          socket.once('close', checkClosed);
          socket.close(goingAway.code, goingAway.reason);
        }
        checkClosed();
        await delay(CLOSE_GRACE_MS, allClosed.signal);
        for (const socket of server.clients) socket.terminate();
      },
    }),
    server,
    isDraining: (): boolean => draining,
    /** Throws AppError transient before the start: what else the service has is started by then. */
    check(): void {
      if (!pinger) throw new AppError('unavailable', { detail: 'not started yet' });
    },
  };
}
