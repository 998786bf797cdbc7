/**
 * Progress over Redis: the last snapshot of each task, a channel per task, and one of all tasks. All of it is a
 * convenience that may be unavailable or lost at any time: then publishing returns false, finding returns undefined,
 * and subscriptions are renewed after the reconnect. The store has the truth. Tickets for WebSockets exist only in
 * Redis.
 */
import { randomUUID } from 'node:crypto';
import { type ProgressSnapshot, progressSnapshotSchema } from '@cyberstroll/contracts';
import {
  AppError,
  Counter,
  createComponent,
  createOutageLog,
  type Logger,
  type RedisTarget,
  type Registry,
  readRedisUrl,
  type TlsMaterial,
} from '@cyberstroll/runtime';
import type { Cluster, Redis } from 'ioredis';
import { defineScripts } from './progress-script';
import { createPulse } from './redis/pulse';
import { toUnavailable } from './redis/redis-fault';
import { COMMAND_TIMEOUT_MS, createRedisLinks } from './redis/redis-link';
import { createSubscriptions } from './subscriptions';

export interface RealtimeOptions {
  /** As REDIS_URL: one address, a cluster or sentinels. AppError fatal if it is invalid. */
  url: string;
  /** For a URL with `rediss`. */
  tls?: TlsMaterial;
  /** Prefix of every key and channel. */
  prefix?: string;
  /** The registry for its metrics. */
  metrics?: Registry;
  logger: Logger;
  /** How long a command may take, in milliseconds. Default: 1,000. */
  commandTimeoutMs?: number;
}

export type ProgressListener = (snapshot: ProgressSnapshot) => void;

export type Realtime = ReturnType<typeof createRealtime>;

const CACHE_MS = 3_600_000;
/** A beat expires after the next one, also while nobody uses Redis. */
const BEAT_MS = 20_000;
/** A publish counts as use for this long, which includes some beats. */
const IN_USE_MS = 10_000;

export function createRealtime({
  url,
  tls = {},
  prefix = '',
  metrics,
  logger,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: RealtimeOptions) {
  const target = getTarget(url);
  const outages = createOutageLog(logger, 'redis', { url: toPlace(target) });
  const links = createRedisLinks({ target, tls, name: 'cyberstroll', outages, commandTimeoutMs });
  const { commands, subscriber } = links;
  const scripts = defineScripts(commands);
  const countPublish = metrics ? createPublishCounter(metrics) : () => undefined;

  const toKey = (taskId: string) => `${prefix}cs:task:${taskId}:progress`;
  const channelPrefix = `${prefix}cs:progress:`;
  const channelOfAll = `${channelPrefix}all`;
  const ownChannel = `${channelPrefix}pulse:${randomUUID()}`;

  async function findProgress(taskId: string) {
    const text = await commands.hget(toKey(taskId), 'snapshot').catch(() => null);
    return text ? parseSnapshot(text) : undefined;
  }

  const subscriptions = createSubscriptions(subscriber, {
    ownChannel,
    parse: parseSnapshot,
    findCurrent: async (channel) =>
      channel === channelOfAll ? undefined : findProgress(channel.slice(channelPrefix.length)),
    logger,
  });
  // The two connections come back in any order: missed snapshots can be read once both are back.
  commands.on('ready', () => void subscriptions.catchUp());
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  const pulse = createPulse({
    beat: (text) => scripts.beat(`${prefix}cs:health`, text, BEAT_MS, ownChannel),
    subscriptions,
    isInUse: () => !subscriptions.isEmpty() || performance.now() - publishedAtMs < IN_USE_MS,
    outages,
    commandTimeoutMs,
  });

  async function subscribe(channel: string, listener: ProgressListener) {
    // A function of its own, so that one listener given twice is called twice.
    const own: ProgressListener = (snapshot) => listener(snapshot);
    await subscriptions.add(channel, own);
    return () => subscriptions.remove(channel, own);
  }

  return {
    ...createTickets(commands, prefix),
    ...createComponent('realtime', {
      async start() {
        await links.connect();
        pulse.start();
      },
      stop() {
        pulse.stop();
        links.disconnect();
      },
    }),
    /**
     * Writes a value and sends itself a message through Redis. Rejects with AppError transient `redis_unavailable` if
     * one of them fails. The message says why: no connection, a replica, a missing right.
     */
    async check(): Promise<void> {
      // A command would open the connection, and nobody would close it: a component that was not started is not
      // stopped.
      if (commands.status === 'wait') throw toUnavailable(new Error('not started'));
      await pulse.check().catch((error: Error) => {
        throw toUnavailable(links.findFault() ?? error);
      });
    },
    /**
     * Whether both connections are open, and Redis answered the last check: there is one every two seconds while
     * somebody subscribes.
     */
    isUsable: (): boolean => pulse.isWell() && commands.status === 'ready' && subscriber.status === 'ready',
    /**
     * Caches the snapshot for an hour and publishes it. False if one with this `seq` or a higher one is cached, and if
     * it fails; a failure is counted and logged.
     */
    async publishProgress(snapshot: ProgressSnapshot): Promise<boolean> {
      const { task_id, seq } = snapshot;
      const text = JSON.stringify(snapshot);
      publishedAtMs = performance.now();
      try {
        const channel = channelPrefix + task_id;
        const isNewer =
          (await scripts.publishProgress(toKey(task_id), seq, text, CACHE_MS, channel, channelOfAll)) === 1;
        countPublish(isNewer ? 'published' : 'older');
        return isNewer;
      } catch (error) {
        countPublish('failed');
        pulse.noteFailure(error as Error);
        return false;
      }
    },
    /** Undefined if nothing is cached, or without Redis. */
    findProgress,
    /** Deletes the cached snapshot of a task. Without Redis it stays until it expires. */
    forgetProgress: async (taskId: string): Promise<void> => void (await commands.unlink(toKey(taskId)).catch(() => 0)),
    /**
     * Calls `listener` with each snapshot published from now on, and after a reconnect with the cached one (its `seq`
     * may have been seen). Resolves with the unsubscribe.
     */
    subscribeProgress: (taskId: string, listener: ProgressListener): Promise<() => Promise<void>> =>
      subscribe(channelPrefix + taskId, listener),
    /** The same for all tasks, by one subscription. What a lost connection missed does not follow. */
    subscribeAllProgress: (listener: ProgressListener): Promise<() => Promise<void>> =>
      subscribe(channelOfAll, listener),
  };
}

function getTarget(url: string): RedisTarget {
  const read = readRedisUrl(url);
  if ('target' in read) return read.target;
  throw new AppError('bad_configuration', { detail: `REDIS_URL: ${read.faults.join('; ')}` });
}

/** The URL as logs may show it. */
function toPlace({ mode, tls, hosts, masterName }: RedisTarget): string {
  const scheme = `redis${tls ? 's' : ''}${mode === 'standalone' ? '' : `+${mode}`}`;
  const places = hosts.map(({ host, port }) => `${host}:${port}`).join(',');
  return `${scheme}://${places}${masterName ? `/${masterName}` : ''}`;
}

function parseSnapshot(text: string): ProgressSnapshot | undefined {
  try {
    return progressSnapshotSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

type PublishOutcome = 'published' | 'older' | 'failed';

/** Counts snapshots by the outcome of their publish. */
function createPublishCounter(registry: Registry): (outcome: PublishOutcome) => void {
  const counter = new Counter({
    name: 'cyberstroll_progress_publishes_total',
    help: 'Progress snapshots by outcome in Redis: published; older than or equal to the cached one; failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['published', 'older', 'failed']) counter.inc({ outcome }, 0);
  return (outcome) => counter.inc({ outcome });
}

/** Tickets for WebSockets, by the digests of their texts, until they are used. What they say is not looked at here. */
function createTickets(redis: Redis | Cluster, prefix: string) {
  const toKey = (digest: string) => `${prefix}cs:ticket:${digest}`;
  const unavailable = (cause: Error): never => {
    throw toUnavailable(cause);
  };
  return {
    /** Rejects with AppError transient `redis_unavailable`. */
    async keepTicket(digest: string, value: string, seconds: number): Promise<void> {
      await redis.set(toKey(digest), value, 'EX', seconds).catch(unavailable);
    },
    /** Undefined if the ticket is unknown, expired or already taken. Rejects like the above. */
    takeTicket: async (digest: string): Promise<string | undefined> =>
      (await redis.getdel(toKey(digest)).catch(unavailable)) ?? undefined,
  };
}
