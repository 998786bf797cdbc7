/**
 * One loopback address before several servers, as a load balancer: each connection goes to one of them that takes it,
 * in turn. For what of the rig knows one URL only.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

export interface Front {
  /** The servers' URL by way of the front; credentials and path are the first one's. */
  url: string;
  close(): Promise<void>;
}

export async function openFront(urls: readonly string[]): Promise<Front> {
  const servers = urls.map((url) => new URL(url));
  const clients = new Set<Socket>();
  let turn = 0;

  function tryNext(client: Socket, left: readonly URL[]): void {
    const [server, ...others] = left;
    if (!server) return void client.destroy();
    const upstream = connect(Number(server.port), server.hostname);
    const giveUp = () => tryNext(client, others);
    upstream.once('error', giveUp).once('connect', () => {
      upstream.off('error', giveUp);
      const done = () => undefined;
      pipeline(client, upstream, done);
      pipeline(upstream, client, done);
    });
  }

  const front = createServer((client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client)).on('error', () => undefined);
    const first = turn++ % servers.length;
    tryNext(client, [...servers.slice(first), ...servers.slice(0, first)]);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const url = new URL(urls[0]!);
  url.port = String((front.address() as AddressInfo).port);
  return {
    url: url.href.replace(/\/$/, ''),
    close() {
      for (const client of clients) client.destroy();
      return new Promise((resolve) => front.close(() => resolve()));
    },
  };
}
