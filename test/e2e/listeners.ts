import { createServer, type Server, type Socket } from 'node:net';

/** A real TCP server on a loopback address, for a scan to find. */
export interface Listener {
  address: string;
  port: number;
  /** Connections that were made to it. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
}

export interface Listeners {
  listeners: Listener[];
  close(): Promise<void>;
}

export type Greeting = (socket: Socket) => void;

export const staySilent: Greeting = () => undefined;
export const greetAsSsh: Greeting = (socket) => void socket.write('SSH-2.0-OpenSSH_9.9 e2e\r\n');
export const answerAsHttp: Greeting = (socket) => {
  socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nServer: e2e\r\nContent-Length: 0\r\n\r\n'));
};

/** Rejects where one of the ports is taken. */
export async function openListeners(
  wanted: readonly { address: string; port: number; greet: Greeting }[],
): Promise<Listeners> {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  const listeners = wanted.map(({ address, port, greet }) => {
    const state = { connections: 0, open: 0 };
    const server = createServer((socket) => {
      state.connections++;
      state.open++;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        state.open--;
        sockets.delete(socket);
      });
      socket.resume();
      greet(socket);
    });
    servers.push(server);
    return {
      address,
      port,
      get connections() {
        return state.connections;
      },
      get open() {
        return state.open;
      },
    };
  });
  try {
    await Promise.all(
      servers.map((server, i) => {
        const { address: host, port } = wanted[i]!;
        return new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen({ host, port, exclusive: true }, resolve);
        });
      }),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { listeners, close };
}
