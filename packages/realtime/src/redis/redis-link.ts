/**
 * The two connections to Redis, each reconnected without limit. Commands fail at once while their connection is down,
 * instead of queueing up; this code renews the subscriptions.
 *
 * - one address: every new connection must lead to a master; one whose server has become a replica is made again.
 * - sentinels: asked for the master before each connection.
 * - cluster: commands use the Cluster of ioredis; the subscriber is a plain connection to any node, since every node
 *   gets every message (the subscriber of ioredis does not say when it moves to another node, nor whether that node
 *   has its channels).
 */
import {
  backoffMs,
  type OutageLog,
  type RedisAddress,
  type RedisTarget,
  type TlsMaterial,
  within,
} from '@cyberstroll/runtime';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { makeStringsFast } from './fast-strings';
import { createMasterFinder } from './find-master';
import { createConnector } from './redis-connector';
import { isWrongServer } from './redis-fault';

const BACKOFF = { baseMs: 50, capMs: 2_000 };
const CONNECT_TIMEOUT_MS = 2_000;
export const COMMAND_TIMEOUT_MS = 1_000;
/** A host that is gone closes no connection: this many times as long without a reply, and it counts as dead. */
const DEAD_AFTER_TIMEOUTS = 2;
/** The longest time that a start waits for Redis. */
const FIRST_TRY_MS = 5_000;

export type RedisLinks = ReturnType<typeof createRedisLinks>;

export interface LinkOptions {
  target: RedisTarget;
  tls: TlsMaterial;
  /** Of the connections, as `CLIENT LIST` shows it. */
  name: string;
  outages: OutageLog;
  /** How long a command may take, in milliseconds. */
  commandTimeoutMs?: number;
}

export function createRedisLinks({
  target,
  tls: material,
  name,
  outages,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: LinkOptions) {
  makeStringsFast();
  const tls = target.tls ? { tls: material } : {};
  const faults = new Map<string, Error>();
  const subscriberName = `${name}-subscriber`;
  const retryStrategy = (attempt: number) => backoffMs(attempt, BACKOFF, Math.random());
  const base = toBase(tls, commandTimeoutMs);
  const account = toAccount(target.username, target.password);

  function openLink(connectionName: string, Connector: RedisOptions['Connector']): Redis {
    const redis = new Redis({
      ...base,
      ...account,
      db: target.db,
      connectionName,
      Connector,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResubscribe: false,
      retryStrategy,
      // The subscriber sits on the same server, and would not notice.
      reconnectOnError: (error) => {
        const isWrong = isWrongServer(error);
        if (isWrong && !cluster) subscriber.disconnect(true);
        return isWrong;
      },
    });
    redis.on('error', (error) => faults.set(connectionName, error));
    return redis;
  }

  /** To the master of one address or of the sentinels. */
  function openMaster(connectionName: string): Redis {
    const findAddress =
      target.mode === 'sentinel'
        ? createMasterFinder({
            sentinels: target.hosts,
            masterName: target.masterName!,
            open: createSentinelOpener({ target, tls: material, name }),
          })
        : () => target.hosts[0]!;
    const onReplica = () => faults.set(connectionName, new Error('READONLY the server is a replica'));
    return openLink(connectionName, createConnector({ findAddress, onReplica, ...tls }));
  }

  function openCluster(): Cluster {
    const noteFault = (error: Error) => {
      if (!faults.has(name) || error.message !== 'Connection is closed.') faults.set(name, error);
    };
    const cluster = new Cluster([...target.hosts], {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
      // A name stays a name: certificates hold names.
      dnsLookup: (host, callback) => callback(null, host),
      redisOptions: {
        ...base,
        ...account,
        connectionName: name,
        // Of a connection that asks for the slots, ioredis says no more than that it was closed.
        Connector: createConnector({ findAddress: (own) => own, onError: noteFault, ...tls }),
        // CLUSTERDOWN is the whole cluster's: ioredis tries the command again.
        reconnectOnError: (error) => isWrongServer(error) && !error.message.startsWith('CLUSTERDOWN'),
      },
    });
    cluster.on('node error', noteFault);
    cluster.on('error', (error: Error & { lastNodeError?: Error }) => noteFault(error.lastNodeError ?? error));
    return cluster;
  }

  /** To a node that `cluster` knows or the URL names, and not to the same one twice running. */
  function openClusterSubscriber(cluster: Cluster): Redis {
    let last: RedisAddress | undefined;
    const findAddress = () => {
      const known = cluster.nodes().map(({ options }) => ({ host: options.host!, port: options.port! }));
      const all = [...known, ...target.hosts];
      const others = all.filter(({ host, port }) => host !== last?.host || port !== last.port);
      const from = others.length > 0 ? others : all;
      last = from[Math.floor(Math.random() * from.length)]!;
      return last;
    };
    return openLink(subscriberName, createConnector({ findAddress, ...tls }));
  }

  function watch(link: Redis | Cluster, linkName: string): void {
    link.on('reconnecting', () =>
      outages.down(linkName, faults.get(linkName) ?? new Error('the connection was closed')),
    );
    link.on('ready', () => {
      faults.delete(linkName);
      outages.up(linkName);
    });
  }

  const cluster = target.mode === 'cluster' ? openCluster() : undefined;
  const commands = cluster ?? openMaster(name);
  const subscriber = cluster ? openClusterSubscriber(cluster) : openMaster(subscriberName);
  watch(commands, name);
  watch(subscriber, subscriberName);

  return {
    commands,
    subscriber,
    /** The last error of a connection that is down now. */
    findFault: (): Error | undefined =>
      (commands.status === 'ready' ? undefined : faults.get(name)) ??
      (subscriber.status === 'ready' ? undefined : faults.get(subscriberName)),
    /**
     * The first try to connect both. Resolves when it has succeeded or failed; later tries continue in the background.
     */
    async connect(): Promise<void> {
      const tries = Promise.allSettled([commands.connect(), subscriber.connect()]);
      await within(tries, FIRST_TRY_MS, () => new Error('late')).catch(() => undefined);
    },
    disconnect(): void {
      subscriber.disconnect();
      commands.disconnect();
    },
  };
}

const toBase = (tls: { tls?: TlsMaterial }, commandTimeoutMs: number): RedisOptions => ({
  // ioredis uses TLS if this is given.
  ...tls,
  lazyConnect: true,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: commandTimeoutMs,
  socketTimeout: DEAD_AFTER_TIMEOUTS * commandTimeoutMs,
  maxLoadingRetryTime: 500,
  disableClientInfo: true,
});

/** Makes connections to sentinels: not begun, and not made again when they end. */
export function createSentinelOpener({
  target,
  tls: material,
  name,
}: Omit<LinkOptions, 'outages' | 'commandTimeoutMs'>): (sentinel: RedisAddress) => Redis {
  const tls = target.tls ? { tls: material } : {};
  return (sentinel) =>
    new Redis({
      ...toBase(tls, COMMAND_TIMEOUT_MS),
      ...toAccount(target.sentinelUsername, target.sentinelPassword),
      connectTimeout: COMMAND_TIMEOUT_MS,
      connectionName: name,
      enableReadyCheck: false,
      retryStrategy: () => null,
      Connector: createConnector({ findAddress: () => sentinel, ...tls }),
    });
}

const toAccount = (username: string | undefined, password: string | undefined): RedisOptions => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
});
