/**
 * What the jobs name, all of it on loopback: hosts with an open port, which count their visitors; silent hosts, whose
 * ports never answer; and addresses where nothing listens. A silent port is a socket that listens and whose queue of
 * connections is full: the kernel drops what comes. So a scan of n silent ports one after another takes n
 * connect time-outs, for a node in any language and without rights.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

const SILENT_PORTS = 26;
const SILENT_HOSTS = 6;
const OPEN_HOSTS = 6;
const PER_PORT = 2;

export type Hosts = Awaited<ReturnType<typeof listen>>;

// Its thread is stopped once all ports listen, so nothing is ever accepted.
const LISTENER = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
let left = workerData.length;
for (const { host, port } of workerData) {
  createServer().listen({ host, port, backlog: 1 }, () => {
    if (--left > 0) return;
    parentPort.postMessage('listening');
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
}`;

export async function createHosts(): Promise<Hosts> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 5) throw error;
    }
  }
}

async function listen() {
  const random = (below: number) => Math.floor(Math.random() * below);
  const [second, third] = [16 + random(200), random(200)];
  const first = 12_000 + random(2_000);
  const open = Array.from({ length: OPEN_HOSTS }, (_, i) => `127.${second}.${third}.${i + 1}`);
  const silent = Array.from({ length: SILENT_HOSTS }, (_, i) => `127.${second}.${third}.${i + 101}`);
  const silentPorts = Array.from({ length: SILENT_PORTS }, (_, i) => first + 10 + i);
  const visits = new Map<string, number>();
  const servers: Server[] = [];
  for (const host of open) {
    const server = createServer((socket) => {
      visits.set(host, (visits.get(host) ?? 0) + 1);
      socket.on('error', () => {});
      socket.end('220 conformance ready\r\n');
      socket.resume();
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(first, host, resolve);
    });
    servers.push(server);
  }
  const places = silent.flatMap((host) => silentPorts.map((port) => ({ host, port })));
  const worker = new Worker(LISTENER, { eval: true, workerData: places });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const fillers: Socket[] = await Promise.all(
    places.flatMap((place) => Array.from({ length: PER_PORT }, () => fill(place))),
  );

  return {
    /** Addresses with `openPort` open and `closedPort` closed. */
    open,
    openPort: first,
    closedPort: first + 1,
    silent,
    silentPorts,
    /** The n-th address where nothing listens. */
    toClosed: (index: number): string => `127.${second}.${third + 1 + Math.floor(index / 250)}.${1 + (index % 250)}`,
    /** Connections to this open host so far. */
    countVisits: (ip: string): number => visits.get(ip) ?? 0,
    async close(): Promise<void> {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function fill({ host, port }: { host: string; port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => resolve(socket));
    socket.on('error', reject);
  });
}
