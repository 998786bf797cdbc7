import type { Socket } from 'node:net';
import { createRunClock } from '@cyberstroll/scanner-sdk';
import { eventually, stall } from '@cyberstroll/testkit';
import { createConnectScanner } from '../src/scanners/connect-scanner';
import { findClosedPort, type Listener, listen } from './listeners';

const scan = createConnectScanner({ portConcurrency: 8, connectTimeoutMs: 1_000, bannerTimeoutMs: 1_000 });

/** No test lasts as long as a scan may. */
const NEVER_MS = 3_600_000;

const clock = createRunClock();
afterAll(() => clock.stop());

const listeners: Listener[] = [];
async function serve(...options: Parameters<typeof listen>): Promise<Listener> {
  const listener = await listen(...options);
  listeners.push(listener);
  return listener;
}
/** On the first of these ports that nobody else has. */
async function serveHttp(serveOne: (socket: Socket) => void): Promise<Listener> {
  for (const port of [8888, 9090, 8081, 8008, 8000]) {
    const listener = await serve('127.0.0.7', serveOne, port).catch(() => undefined);
    if (listener) return listener;
  }
  throw new Error('no port of HTTP is free');
}
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.close();
});

function scanPorts(ip: string, ports: number[], signal = new AbortController().signal, by = scan) {
  const progress: number[] = [];
  const target = {
    ip,
    ports,
    task_id: '',
    subtask_id: '',
    attempt: 1,
    method: 'connect' as const,
    timeoutMs: NEVER_MS,
  };
  return { result: by(target, { signal, clock, progress: (percent) => progress.push(percent) }), progress };
}

describe('a connect scan', () => {
  it('finds exactly the ports that listen, with their banners', async () => {
    const ssh = await serve('127.0.0.5', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    const silent = await serve('127.0.0.5');
    const gone = await serve('127.0.0.5', (socket) => socket.destroy());
    const elsewhere = await serve('127.0.0.6');
    const closed = await findClosedPort('127.0.0.5');
    const ports = [ssh, silent, gone, elsewhere].map(({ port }) => port);
    const { result, progress } = scanPorts('127.0.0.5', [...ports, closed]);
    const { open_ports, services, response_time } = await result;
    expect(open_ports).toEqual([ssh, silent, gone].map(({ port }) => port).sort((a, b) => a - b));
    expect(services).toContain(`${ssh.port}/tcp ssh SSH-2.0-OpenSSH_9.2`);
    expect(services).toHaveLength(3);
    expect(response_time).toBeGreaterThan(0);
    expect(progress.at(-1)).toBe(100);
  });

  it('reads the Server header where HTTP is expected', async () => {
    const asked: string[] = [];
    const http = await serveHttp((socket) =>
      socket.on('data', (chunk) => {
        asked.push(chunk.toString());
        socket.end('HTTP/1.1 200 OK\r\nServer: test\u001b[31m/1\r\nX: y\r\n\r\n');
      }),
    );
    const { services } = await scanPorts('127.0.0.7', [http.port]).result;
    expect(services).toEqual([`${http.port}/tcp http HTTP/1.1 200 OK, test [31m/1`]);
    expect(asked.join('')).toBe('HEAD / HTTP/1.0\r\nHost: 127.0.0.7\r\n\r\n');
  });

  it('waits for a port that accepts and hangs no longer than its time-out, and leaves no connection', async () => {
    const hangs = await serve('127.0.0.8');
    expect((await scanPorts('127.0.0.8', [hangs.port]).result).open_ports).toEqual([hangs.port]);
    await eventually(() => expect(hangs.count()).toBe(0));
  });

  it.each([
    ['a megabyte without a line end', Buffer.alloc(1_000_000, 'A')],
    ['terminal escapes', Buffer.from('\u001b[2J\u001b]0;owned\u0007\u009b1mroot\r\n', 'latin1')],
    ['binary', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['nothing printable', Buffer.alloc(5_000, 0)],
  ])('keeps a hostile banner short and printable: %s', async (_what, banner) => {
    const hostile = await serve('127.0.0.9', (socket) => socket.write(banner));
    const { open_ports, services } = await scanPorts('127.0.0.9', [hostile.port]).result;
    expect(open_ports).toEqual([hostile.port]);
    expect(services[0]).toMatch(/^\d+\/tcp unknown[\x20-\x7e]{0,121}$/);
    await eventually(() => expect(hostile.count()).toBe(0));
  });

  it('is not fooled by a socket that connects to itself', async () => {
    // Linux takes the source port of a connect from the even ports of its ephemeral range, one after the other.
    const evenPort = async (): Promise<number> => {
      const port = await findClosedPort('127.0.0.1');
      return port % 2 === 0 ? port : port + 1;
    };
    const ports = Array(16_000).fill(await evenPort());
    expect((await scanPorts('127.0.0.1', ports).result).open_ports).toEqual([]);
  });

  it('finds nothing and gives the time of a refusal if every port is closed', async () => {
    const port = await findClosedPort('127.0.0.10');
    const { open_ports, services, response_time } = await scanPorts('127.0.0.10', [port]).result;
    expect({ open_ports, services }).toEqual({ open_ports: [], services: [] });
    expect(response_time).toBeGreaterThan(0);
  });

  it('fails with NETWORK_UNREACHABLE without a route', async () => {
    // The broadcast address of loopback: the kernel refuses it for TCP.
    await expect(scanPorts('127.255.255.255', [80, 81]).result).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
  });

  const STALL_MS = 1_500;
  const COUNTED_MS = 100;

  /** From here on, the event loop runs its timers before it looks at its sockets. */
  const beforeTimers = () => new Promise((resolve) => setImmediate(resolve));

  it.each([
    ['before it connects', async () => undefined],
    ['while it connects', () => new Promise<void>((resolve) => process.nextTick(resolve))],
  ])('finds the open ports although the node stalls for longer than its time-out, %s', async (_, wait) => {
    const silent = await serve('127.0.0.12');
    await beforeTimers();
    const beganAt = performance.now();
    const { result } = scanPorts('127.0.0.12', [silent.port]);
    await wait();
    stall(STALL_MS);
    const { open_ports, response_time } = await result;
    expect(open_ports).toEqual([silent.port]);
    // The stall is not the port's, but for what the clock of a scan counts of it.
    const ranMs = Math.ceil(performance.now() - beganAt) - STALL_MS;
    expect(response_time).toBeLessThanOrEqual(ranMs + COUNTED_MS);
  });

  it('reads the banner that arrived while the node stalled', async () => {
    const sockets: Socket[] = [];
    const ssh = await serve('127.0.0.13', (socket) => sockets.push(socket));
    const patient = createConnectScanner({ portConcurrency: 1, connectTimeoutMs: 10_000, bannerTimeoutMs: 2_000 });
    const { result } = scanPorts('127.0.0.13', [ssh.port], undefined, patient);
    await eventually(() => expect(sockets).toHaveLength(1));
    await beforeTimers();
    sockets[0]!.write('SSH-2.0-OpenSSH_9.2\r\n');
    stall(3_000);
    expect((await result).services).toEqual([`${ssh.port}/tcp ssh SSH-2.0-OpenSSH_9.2`]);
  });

  it('finds an open port although its peer resets the connection before the node looks', async () => {
    const resets = await serve('127.0.0.14', (socket) => socket.resetAndDestroy());
    for (let round = 0; round < 20; round++) {
      const { open_ports } = await scanPorts('127.0.0.14', Array(8).fill(resets.port)).result;
      expect(open_ports).toEqual(Array(8).fill(resets.port));
    }
  });

  it('ends at once when aborted, and leaves no connection', async () => {
    const hangs = await serve('127.0.0.11');
    const abort = new AbortController();
    const slow = createConnectScanner({ portConcurrency: 2, connectTimeoutMs: 30_000, bannerTimeoutMs: 30_000 });
    const target = {
      ip: '127.0.0.11',
      ports: [hangs.port, hangs.port, hangs.port],
      task_id: '',
      subtask_id: '',
      attempt: 1,
      method: 'connect' as const,
      timeoutMs: 30_000,
    };
    const result = slow(target, { signal: abort.signal, clock, progress: () => undefined });
    const ended = expect(result).rejects.toThrow();
    await eventually(() => expect(hangs.count()).toBe(2));
    abort.abort();
    await ended;
    await eventually(() => expect(hangs.count()).toBe(0));
  });
});
