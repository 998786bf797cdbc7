import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Listener {
  host: string;
  port: number;
  /** Connections that are open now. */
  count(): number;
  close(): Promise<void>;
}

/** A TCP listener on loopback that treats each connection by `serve`; without it, it accepts and says nothing. */
export async function listen(host: string, serve?: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.resume();
    serve?.(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    host,
    port: (server.address() as AddressInfo).port,
    count: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port of `host` that nobody listens on. */
export async function findClosedPort(host: string): Promise<number> {
  const listener = await listen(host);
  await listener.close();
  return listener.port;
}
