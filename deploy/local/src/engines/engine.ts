import type { PrivateProcess } from './private-process';

export type Log = (message: string) => void;

/** One of the three servers. `kill` and `restart` keep port and data: a fault test's power cut. */
export interface Engine {
  readonly name: 'rabbitmq' | 'mongodb' | 'redis';
  readonly url: string;
  /** Of an engine that was given certificates. */
  readonly tls_url?: string;
  /** undefined while stopped, and for an engine that is not ours. */
  readonly pid: number | undefined;
  /** Resolves when it answers its own protocol. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Stops it, if it runs, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Called with the reason when it ends and nobody has stopped it. */
  onDeath(listener: (reason: string) => void): void;
}

/**
 * Paths of PEM files, for an engine that listens with TLS too and asks its clients for a certificate of the same
 * authority.
 */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
}

/** An engine that is one process of ours. */
export const toEngine = (
  name: Engine['name'],
  urls: Pick<Engine, 'url' | 'tls_url'>,
  server: PrivateProcess,
): Engine => ({
  name,
  ...urls,
  get pid() {
    return server.pid;
  },
  start: server.start,
  stop: server.stop,
  kill: server.kill,
  async restart() {
    await server.stop();
    await server.start();
  },
  onDeath: server.onDeath,
});

/** An engine that somebody else runs (its URL came from the environment): starting and stopping it does nothing. */
export function createExternalEngine(name: Engine['name'], url: string): Engine {
  const refuse = () => Promise.reject(new Error(`${name} is not ours to kill: its URL came from the environment`));
  return {
    name,
    url,
    pid: undefined,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    kill: refuse,
    restart: refuse,
    onDeath: () => {},
  };
}
