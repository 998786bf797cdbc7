/**
 * Progress over Redis: the last snapshot of each task, and a channel per task for its subscribers. All of it is a
 * convenience that may be away or forgotten at any time: publishing answers false, finding answers nothing, and
 * subscriptions come back by themselves. The store has the truth. Beside it, tickets for WebSockets, which only Redis knows.
 */
import { type ProgressSnapshot, progressSnapshotSchema } from '@cyberstroll/contracts';
import {
  AppError,
  type Component,
  createComponent,
  createOutageLog,
  type Logger,
  redactUrl,
  type TlsMaterial,
} from '@cyberstroll/runtime';
import { definePublishProgress } from './progress-script';
import { connectFirst, createRedisLink } from './redis-link';
import { createSubscriptions } from './subscriptions';
import { createTickets, type Tickets } from './tickets';

export interface RealtimeOptions {
  url: string;
  /** For a `rediss://` URL. */
  tls?: TlsMaterial;
  /** Put before every key and channel. */
  prefix?: string;
  logger: Logger;
}

export type ProgressListener = (snapshot: ProgressSnapshot) => void;

export interface Realtime extends Component, Tickets {
  /** Rejects with AppError transient `redis_unavailable` while Redis does not answer. */
  check(): Promise<void>;
  /** Caches the snapshot for an hour and publishes it. False where one with this `seq` or a higher is cached, or without Redis. */
  publishProgress(snapshot: ProgressSnapshot): Promise<boolean>;
  /** Undefined where nothing is cached, or without Redis. */
  findProgress(taskId: string): Promise<ProgressSnapshot | undefined>;
  /** Deletes what is cached of a task. Without Redis it stays until it expires. */
  forgetProgress(taskId: string): Promise<void>;
  /**
   * Calls `listener` with each snapshot published from now on, and after a reconnect with the cached one (its `seq` may
   * have been seen). Resolves with the unsubscribe.
   */
  subscribeProgress(taskId: string, listener: ProgressListener): Promise<() => Promise<void>>;
}

const CACHE_MS = 3_600_000;

export function createRealtime({ url, tls = {}, prefix = '', logger }: RealtimeOptions): Realtime {
  const outages = createOutageLog(logger, 'redis', { url: redactUrl(url) });
  const commands = createRedisLink({ url, tls }, 'cyberstroll', outages);
  const subscriber = createRedisLink({ url, tls }, 'cyberstroll-subscriber', outages);
  const publish = definePublishProgress(commands);

  const toKey = (taskId: string) => `${prefix}cs:task:${taskId}:progress`;
  const channelPrefix = `${prefix}cs:progress:`;

  async function findProgress(taskId: string) {
    const text = await commands.hget(toKey(taskId), 'snapshot').catch(() => null);
    return text ? parseSnapshot(text) : undefined;
  }

  const subscriptions = createSubscriptions(subscriber, {
    parse: parseSnapshot,
    findCurrent: (channel) => findProgress(channel.slice(channelPrefix.length)),
    logger,
  });
  // The two connections come back in either order: what was missed can be found once both have.
  commands.on('ready', () => void subscriptions.catchUp());

  return {
    ...createTickets(commands, prefix),
    ...createComponent('realtime', {
      start: async () => void (await Promise.all([connectFirst(commands), connectFirst(subscriber)])),
      stop() {
        subscriber.disconnect();
        commands.disconnect();
      },
    }),
    async check() {
      try {
        // A command would connect it, and nobody would end that: a component that was not begun is not stopped.
        if (commands.status === 'wait') throw new Error('not started');
        await commands.ping();
        if (subscriber.status !== 'ready') throw new Error('the subscriber is not connected');
      } catch (cause) {
        throw new AppError('transient', 'redis_unavailable', 'not connected to Redis', {}, { cause });
      }
    },
    async publishProgress(snapshot) {
      const { task_id, seq } = snapshot;
      const text = JSON.stringify(snapshot);
      const done = await publish(toKey(task_id), seq, text, CACHE_MS, channelPrefix + task_id).catch(() => 0);
      return done === 1;
    },
    findProgress,
    forgetProgress: async (taskId) => void (await commands.unlink(toKey(taskId)).catch(() => 0)),
    async subscribeProgress(taskId, listener) {
      const channel = channelPrefix + taskId;
      // A function of its own, so that one listener given twice is called twice.
      const own: ProgressListener = (snapshot) => listener(snapshot);
      await subscriptions.add(channel, own);
      return () => subscriptions.remove(channel, own);
    },
  };
}

function parseSnapshot(text: string): ProgressSnapshot | undefined {
  try {
    return progressSnapshotSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
