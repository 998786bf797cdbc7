/** Real TCP servers for the demo's scan to find: on several loopback addresses; some introduce themselves. */
import { createServer, type Server, type Socket } from 'node:net';

export interface Listener {
  address: string;
  port: number;
}

export interface Listeners {
  opened: Listener[];
  close(): void;
}

type Greeting = (socket: Socket) => void;

const greetAsSsh: Greeting = (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');

const httpAnswer = 'HTTP/1.1 400 Bad Request\r\nServer: nginx/1.24.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** Answers a request at once, and a client that says nothing after a moment, as web servers do. */
const greetAsHttp: Greeting = (socket) => {
  const answer = () => socket.end(httpAnswer);
  const patience = setTimeout(answer, 100);
  socket.once('data', answer);
  socket.once('close', () => clearTimeout(patience));
};

const saySilent: Greeting = () => {};

const wanted: { address: string; port: number; greet: Greeting }[] = [
  { address: '127.0.0.10', port: 2222, greet: greetAsSsh },
  { address: '127.0.0.20', port: 8080, greet: greetAsHttp },
  { address: '127.0.0.42', port: 5432, greet: saySilent },
  { address: '127.0.0.77', port: 2222, greet: greetAsSsh },
  { address: '127.0.0.77', port: 8080, greet: greetAsHttp },
  { address: '127.0.0.200', port: 6379, greet: saySilent },
];

/** The ports that the demo scans by default. */
export const demoPorts = '22,80,443,2222,3306,5432,6379,8080';

/**
 * Opens the listeners, each on its own port where that is scanned, else on one that is. One that cannot be opened (a
 * port in use, or below 1024 without the right to it) is left out.
 */
export async function openListeners(scannedPorts: readonly number[]): Promise<Listeners> {
  const servers: Server[] = [];
  const opened: Listener[] = [];
  for (const [index, { address, port: preferred, greet }] of wanted.entries()) {
    const other = scannedPorts[index % scannedPorts.length];
    const port = scannedPorts.includes(preferred) || other === undefined ? preferred : other;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.setTimeout(5_000, () => socket.destroy());
      greet(socket);
    });
    if (!(await listen(server, address, port))) continue;
    servers.push(server);
    opened.push({ address, port });
  }
  return {
    opened,
    close() {
      for (const server of servers) server.close();
    },
  };
}

function listen(server: Server, address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: address, port, exclusive: true }, () => resolve(true));
  });
}
