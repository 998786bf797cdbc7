import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowestPort = 15_000;
const given = new Set<number>();

/**
 * A TCP port on 127.0.0.1 that is free now and that this process has not been given before. It lies below the range
 * from which the kernel takes the source ports of outgoing connections: a port in that range can be taken while its
 * engine restarts, even by a client that connects to itself.
 */
export async function findFreePort(): Promise<number> {
  const span = lowestEphemeralPort() - lowestPort;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowestPort + Math.floor(Math.random() * span);
    if (given.has(port) || !(await isPortFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${lowestPort} and ${lowestPort + span}`);
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function lowestEphemeralPort(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
    return first > lowestPort + 5_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}
