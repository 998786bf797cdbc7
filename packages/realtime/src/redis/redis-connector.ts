import { type Socket as NetSocket, connect as openTcp, Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import type { RedisAddress, TlsMaterial } from '@cyberstroll/runtime';
import { AbstractConnector, type RedisOptions } from 'ioredis';

const DISCONNECT_TIMEOUT_MS = 1_000;

/** The fields of INFO that ioredis reads on a new connection. Empty if the user may not call INFO. */
type ServerFacts = { role?: string };

export interface ConnectorOptions {
  /**
   * Called before each connection, with the address that its options name. Rejects if nobody knows the address; the
   * next try asks again.
   */
  findAddress: (own: RedisAddress) => RedisAddress | Promise<RedisAddress>;
  /** Uses TLS if given. */
  tls?: TlsMaterial;
  /** Called if the server is a replica; its connection is then closed. Without it a replica is accepted. */
  onReplica?: () => void;
  /** Called with every error of a socket. */
  onError?: (error: Error) => void;
}

/**
 * Makes every socket to Redis and to sentinels. ioredis listens only to the first error of a socket. TLS may cause a
 * second one, a late alert, and an error without a listener ends the process. So this listens to every error.
 */
export function createConnector(options: ConnectorOptions): NonNullable<RedisOptions['Connector']> {
  const { findAddress, tls, onReplica, onError } = options;
  return class extends AbstractConnector {
    private readonly own: RedisAddress;

    constructor(ownOptions: unknown) {
      super(DISCONNECT_TIMEOUT_MS);
      this.own = ownOptions as RedisAddress;
    }

    override check({ role }: ServerFacts): boolean {
      if (role !== 'slave' || !onReplica) return true;
      onReplica();
      return false;
    }

    override disconnect(): void {
      // A closed socket emits no second `close`, and ioredis waits for one.
      if (this.stream?.destroyed) this.connecting = false;
      else super.disconnect();
    }

    override async connect(): Promise<NetSocket> {
      this.connecting = true;
      delete this.firstError;
      try {
        const { host, port } = await findAddress(this.own);
        // It was disconnected in the meantime.
        this.stream = this.connecting ? open({ host, port }) : closed();
      } catch (error) {
        this.firstError = error as Error;
        this.stream = closed();
      }
      return this.stream;
    }
  };

  function open(address: RedisAddress): NetSocket {
    const socket = tls ? openTls({ ...address, ...tls }) : openTcp(address);
    return socket.on('error', (error) => onError?.(error));
  }
}

/**
 * If a connector rejects, ioredis gives up for good. If it gets a socket that is closed already, it only tries again.
 */
const closed = (): NetSocket => new Socket().destroy();
