import { type AddressInfo, connect } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificates';

export interface TlsProxy {
  port: number;
  close(): Promise<void>;
}

/**
 * TLS on a loopback port before an engine that speaks plain TCP. Whoever connects must show a certificate of the same
 * authority.
 */
export async function createTlsProxy(
  engine: { host: string; port: number },
  certificates: Certificates,
): Promise<TlsProxy> {
  const open = new Set<TLSSocket>();
  const server = createServer({ ...certificates, requestCert: true, rejectUnauthorized: true }, (client) => {
    const upstream = connect(engine.port, engine.host);
    const end = () => {
      open.delete(client);
      client.destroy();
      upstream.destroy();
    };
    open.add(client);
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const client of open) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
