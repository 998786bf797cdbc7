import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A loopback TCP proxy before an engine, for tests of what a lost or silent network does. */
export interface TcpProxy {
  /** The engine's URL by way of the proxy. */
  url: string;
  /** Cuts every connection and takes no new one until `restore`. */
  cut(): void;
  restore(): void;
  /** Keeps back what the engine answers until `release`: requests arrive, replies do not. */
  holdReplies(): void;
  releaseReplies(): void;
  close(): Promise<void>;
}

export async function createTcpProxy(engineUrl: string): Promise<TcpProxy> {
  const engine = new URL(engineUrl);
  const pairs = new Set<{ client: Socket; upstream: Socket }>();
  let isCut = false;
  let holding = false;
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = connect(Number(engine.port), engine.hostname);
    const pair = { client, upstream };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.pipe(client);
    if (holding) upstream.unpipe(client);
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(engineUrl);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port);

  function cut() {
    isCut = true;
    for (const { client, upstream } of pairs) {
      client.destroy();
      upstream.destroy();
    }
  }

  return {
    url: proxied.href,
    cut,
    restore() {
      isCut = false;
    },
    holdReplies() {
      holding = true;
      for (const { client, upstream } of pairs) upstream.unpipe(client);
    },
    releaseReplies() {
      holding = false;
      for (const { client, upstream } of pairs) upstream.pipe(client);
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
